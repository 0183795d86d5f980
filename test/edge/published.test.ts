import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { domain } from '../domain/index.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { placement } from './problems.ts';

let stores: ProjectionPorts;
let edge: ReturnType<typeof edgeOf>;
beforeEach(() => {
  stores = memoryStores();
  edge = edgeOf(domain, stores);
});
const published = (id: string, query: Readonly<Record<string, string>> = {}, aggregate = 'order') =>
  edge.ask('GET /streams/{aggregate}/{id}/published', { params: { aggregate, id }, query });
const types = (items: readonly { readonly type: string; readonly streamversion: number }[]) =>
  items.map(({ type, streamversion }) => `${type}@${streamversion}`);

describe('the published events of a stream', () => {
  beforeEach(async () => {
    await edge.send('order', '42', 'PlaceOrder', placement);
    await edge.send('order', '42', 'ApproveOrder', {});
    await edge.send('order', '42', 'ShipOrder', {});
    await edge.send('order', '42', 'DeliverOrder', {});
  });

  test("are answered as they were published, without the stream's other events", async () => {
    const { status, body } = await published('42');
    expect(status).toBe(200);
    expect(types(body.items)).toEqual(['OrderPlaced.v1@1', 'OrderDelivered.v1@4']);
    expect(body.items[0]).toMatchObject({
      specversion: '1.0',
      id: 'order-42@1',
      source: 'orders',
      data: { orderId: '42', totalCents: 3400 },
    });
    expect(body.items[0].data).not.toHaveProperty('lines');
    expect(body).not.toHaveProperty('next');
  });

  test('are found by version, as the reference of a large event asks for them', async () => {
    expect(types((await published('42', { from: '4', limit: '1' })).body.items)).toEqual(['OrderDelivered.v1@4']);
    expect(types((await published('42', { from: '2' })).body.items)).toEqual(['OrderDelivered.v1@4']);
  });

  test('come in pages of versions', async () => {
    const { body } = await published('42', { limit: '2' });
    expect(types(body.items)).toEqual(['OrderPlaced.v1@1']);
    expect(body.next).toBe('/streams/order/42/published?from=3&limit=2');
    const rest = await published('42', { from: '3', limit: '2' });
    expect(types(rest.body.items)).toEqual(['OrderDelivered.v1@4']);
    expect(rest.body).not.toHaveProperty('next');
  });
});

test('are an empty list for an unknown stream and for a stream without publications', async () => {
  expect((await published('nowhere')).body).toEqual({ items: [] });
  expect((await published('ada', {}, 'customer')).body).toEqual({ items: [] });
});

describe('refused', () => {
  test.each([
    ['from', '0'],
    ['from', 'x'],
    ['limit', '1001'],
  ])('%s=%s', async (name, value) => expect((await published('42', { [name]: value })).status).toBe(400));

  test('an unknown aggregate', async () => expect((await published('1', {}, 'nobody')).status).toBe(404));
});
