import { beforeEach, describe, expect, test } from '@jest/globals';
import { domain } from '../domain/index.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { placement } from './problems.ts';

let edge: ReturnType<typeof edgeOf>;
beforeEach(async () => {
  edge = edgeOf(domain, memoryStores());
  await edge.send('order', '42', 'PlaceOrder', { ...placement, customerId: 'ada,bob' });
  await edge.project();
});
const order = { aggregate: 'order', id: '42' };
const list = (rawQuery: string) => edge.ask('GET /{projection}', { params: { projection: 'order-summary' }, rawQuery });
const state = (rawQuery: string) => edge.ask('GET /streams/{aggregate}/{id}/state', { params: order, rawQuery });

describe('a parameter that is given more than once is 400, which names it:', () => {
  test.each([
    ['GET /{projection}', { projection: 'order-summary' }, 'customerId=ada&customerId=bob', 'customerId'],
    ['GET /{projection}', { projection: 'order-summary' }, 'customerId=ada&limit=1&%6cimit=1', 'limit'],
    ['GET /{projection}', { projection: 'order-summary' }, 'customerId=ada&other=1&other=2', 'other'],
    ['GET /streams/{aggregate}/{id}', order, 'order=asc&order=asc', 'order'],
    ['GET /streams/{aggregate}/{id}/published', order, 'from=1&from=2', 'from'],
    ['GET /streams/{aggregate}/{id}/state', order, 'at=2018-01-01T00:00&at=2019-01-01T00:00', 'at'],
    ['GET /parked/{projection}', { projection: 'order-summary' }, 'cursor=&cursor=', 'cursor'],
  ])('%s %j ?%s', async (route, params, rawQuery, name) => {
    const message = `'${name}' is given more than once`;
    expect(await edge.ask(route, { params, rawQuery })).toMatchObject({
      status: 400,
      body: { code: 'InvalidRequest', detail: message, issues: [{ path: [name], message }] },
    });
  });

  test('one value with a comma is one value', async () => expect((await list('customerId=ada,bob')).body.items).toHaveLength(1));
  test('a route without parameters reads none', async () => {
    expect((await edge.ask('GET /health', { rawQuery: 'x=1&x=2' })).status).toBe(200);
  });
});

describe('a + in a query is a space:', () => {
  test.each(['2999-01-03T01:00:00+02:00', '2999-01-03T01:00:00.000+0200', '2999-01-03T01:00:00%2B02:00', '2999-01-03T01:00-02:00'])(
    'the time %s of a state is understood',
    async (at) => expect(await state(`at=${at}`)).toMatchObject({ status: 200, body: { version: 1 } }),
  );

  test('the offset is applied', async () => {
    const { recordedAt } = (await state('')).body;
    const local = new Date(Date.parse(recordedAt) + 7_200_000).toISOString().slice(0, -1);
    expect((await state(`at=${local}+02:00`)).status).toBe(200);
    expect((await state(`at=${local}+02:01`)).status).toBe(404);
  });

  test.each(['from', 'to', 'customerId'])('in the time %s of a list it is refused, and the refusal says why', async (name) => {
    const rest = name === 'customerId' ? '' : 'customerId=ada&';
    expect(await list(`${rest}${name}=2020-01-03T01:00:00+02:00`)).toMatchObject({
      status: 400,
      body: { code: 'InvalidRequest', detail: expect.stringMatching(new RegExp(`'${name}'.*a \\+ is a space.*%2B`)) },
    });
    expect((await list(`${rest}${name}=2020-01-03T01:00:00%2B02:00`)).status).toBe(200);
  });
});

test('a weak tag in If-Match is refused, and the refusal says what to send', async () => {
  const reply = await edge.send('order', '42', 'ApproveOrder', {}, { 'if-match': 'W/"1"' });
  expect(reply).toMatchObject({ status: 400, body: { code: 'InvalidRequest', detail: expect.stringMatching(/weak.*without W\//) } });
  expect((await edge.send('order', '42', 'ApproveOrder', {}, { 'if-match': '"1"' })).status).toBe(200);
});
