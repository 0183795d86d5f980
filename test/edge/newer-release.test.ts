import { beforeEach, expect, test } from '@jest/globals';
import { domain } from '../domain/index.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { append } from '../support/requests.ts';
import { placement } from './problems.ts';

// Another release has recorded an event that this one does not know.

let edge: ReturnType<typeof edgeOf>;
beforeEach(async () => {
  const stores = memoryStores();
  edge = edgeOf(domain, stores);
  const events = [
    { type: 'OrderPlaced', schema: 1, data: placement },
    { type: 'OrderArchived', schema: 1, data: {} },
  ];
  await append(stores.eventStore, stores.eventStore.begin({ aggregate: 'order', id: '42' }), events);
});

const details = { event: 'order-42@2', eventType: 'OrderArchived', schema: 1 };

test('a command to its stream is answered with 503, the event and the time to try again', async () => {
  const { status, headers, body } = await edge.send('order', '42', 'ApproveOrder', {});
  expect(status).toBe(503);
  expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'retry-after': '60' });
  expect(body).toMatchObject({ code: 'NewerRelease', type: 'about:blank', ...details, detail: expect.stringContaining('OrderArchived') });
});

test('a command to another stream is carried out', async () => {
  expect(await edge.send('order', '43', 'PlaceOrder', placement)).toMatchObject({ status: 200 });
});

test.each([
  ['the events of the stream', 'GET /streams/{aggregate}/{id}', {}],
  ['the state of the aggregate', 'GET /streams/{aggregate}/{id}/state', {}],
])('%s is answered with 503', async (_, route, more) => {
  const { status, headers, body } = await edge.ask(route, { params: { aggregate: 'order', id: '42' }, ...more });
  expect([status, headers['retry-after']]).toEqual([503, '60']);
  expect(body).toMatchObject({ code: 'NewerRelease', ...details });
});
