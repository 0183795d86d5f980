import { describe, expect, test } from '@jest/globals';
import type { Asked } from '../support/read-lambda.ts';
import { type Bad, badCursors, badIds, badNumbers, each, edgeWithAnOrder, oddNames, placement } from './problems.ts';

const { at, tryRows } = edgeWithAnOrder();

const summary = { projection: 'order-summary', key: 'there' };
const there = { aggregate: 'order', id: 'there' };
const get = (route: string, params: Readonly<Record<string, string>>, rest: Asked, ...gives: Bad['gives']): Bad => ({
  route: `GET ${route}`,
  asked: { params, ...rest },
  gives,
});
const document = (params: Readonly<Record<string, string>>, ...gives: Bad['gives']) =>
  get('/{projection}/{key}', { ...summary, ...params }, {}, ...gives);
const list = (query: Readonly<Record<string, string>>, rest: Asked = {}): Bad =>
  get('/{projection}', { projection: 'order-summary' }, { query, ...rest }, 400, 'InvalidRequest');
const parked = (query: Readonly<Record<string, string>>, code: string): Bad =>
  get('/parked/{projection}', { projection: 'order-summary' }, { query }, 400, code);
const stream = (query: Readonly<Record<string, string>>): Bad => get('/streams/{aggregate}/{id}', there, { query }, 400, 'InvalidRequest');
const state = (query: Readonly<Record<string, string>>): Bad =>
  get('/streams/{aggregate}/{id}/state', there, { query }, 400, 'InvalidRequest');
const token = (value: string, code: string): Bad => get('/{projection}/{key}', summary, { headers: { 'read-after': value } }, 400, code);

const badOrders = ['up', 'ASC', '', 'constructor'];
const badTimes = ['', 'now', '2026', '2026-01-01', '2026-13-01T00:00:00Z', '2026-01-01T25:00:00Z', '1e9', "2026-01-01T00:00:00Z'"];
const badTokens = [
  'x',
  'order-there',
  'order-there@',
  'order-there@x',
  'order-there@-1',
  'order-there@01',
  `order-there@${'9'.repeat(16)}`,
];
const badAddresses = ['order@1', 'Order-there@1', 'order-a b@1', '-there@1', '@1', 'order-there@1;order-there@2'];
const badFields = [...oddNames, 'placedAt', 'key', 'version', 'byCustomer', 'status'];
const badKeys = ['', 'x'.repeat(2049), 'é'.repeat(1025)];

describe('a document', () =>
  tryRows([
    ...each('of', oddNames, (projection) => document({ projection }, 404, 'UnknownProjection')),
    ...each('at', badIds, (key) => document({ key }, 400, 'InvalidId')),
    ...each('of many streams at', badKeys, (key) => document({ projection: 'customer-totals', key }, 400, 'InvalidId')),
    ['that is not there', document({ key: 'nobody' }, 404, 'NotFound')],
    ['that is a checkpoint', document({ projection: 'customer-totals', key: 'stream#order-there' }, 404, 'NotFound')],
    ...each('after', badTokens, (value) => token(value, 'InvalidRequest')),
    ...each('after', badAddresses, (value) => token(value, 'InvalidId')),
    ['after what is not recorded yet', token('order-there@2', 'InvalidRequest')],
  ]));

describe('a list', () =>
  tryRows([
    ...each('of', oddNames, (projection) => get('/{projection}', { projection }, {}, 404, 'UnknownProjection')),
    ...each('by', badFields, (field) => list({ [field]: 'cleo' })),
    ['by nothing', list({})],
    ['by two fields', list({ customerId: 'cleo', status: 'placed' })],
    ['by an empty value', list({ customerId: '' })],
    [
      'of a projection without indexes',
      get('/{projection}', { projection: 'customer-totals' }, { query: { orders: '1' } }, 400, 'InvalidRequest'),
    ],
    ['by two fields with a range', list({ customerId: 'cleo', placedAt: '2026', from: '2026' })],
    ...each(
      'sorted by',
      [...badFields, 'customerId'].filter((field) => field !== 'placedAt'),
      (sort) => list({ customerId: 'cleo', sort }),
    ),
    ['from nothing', list({ customerId: 'cleo', from: '' })],
    ['to nothing', list({ customerId: 'cleo', to: '' })],
    ['from what no key is', list({ customerId: 'cleo', from: 'x'.repeat(1025) })],
    ['of what no key is', list({ customerId: 'x'.repeat(3000) })],
    ['from the end to the beginning', list({ customerId: 'cleo', from: '2027', to: '2026' })],
    ['after a token', list({ customerId: 'cleo' }, { headers: { 'read-after': 'order-there@1' } })],
    ...each('with the limit', [...badNumbers, '101'], (limit) => list({ customerId: 'cleo', limit })),
    ...each('in the order', badOrders, (order) => list({ customerId: 'cleo', order })),
    ...each('from the cursor', badCursors, (cursor): Bad => ({ ...list({ customerId: 'cleo', cursor }), gives: [400, 'InvalidCursor'] })),
  ]));

describe('parked streams', () =>
  tryRows([
    ...each('in', oddNames, (projection) => get('/parked/{projection}', { projection }, {}, 404, 'UnknownProjection')),
    ...each('with the limit', [...badNumbers, '101'], (limit) => parked({ limit }, 'InvalidRequest')),
    ...each('from the cursor', badCursors, (cursor) => parked({ cursor }, 'InvalidCursor')),
  ]));

describe('a stream', () =>
  tryRows([
    ...each('of', oddNames, (aggregate) => get('/streams/{aggregate}/{id}', { ...there, aggregate }, {}, 404, 'UnknownAggregate')),
    ...each('at', badIds, (id) => get('/streams/{aggregate}/{id}', { ...there, id }, {}, 400, 'InvalidId')),
    ['that is not there', get('/streams/{aggregate}/{id}', { ...there, id: 'nobody' }, {}, 404, 'NotFound')],
    ...each('with the limit', [...badNumbers, '1001'], (limit) => stream({ limit })),
    ...each('from', badNumbers, (from) => stream({ from })),
    ...each('in the order', badOrders, (order) => stream({ order })),
  ]));

describe('a state', () =>
  tryRows([
    ...each('of', oddNames, (aggregate) => get('/streams/{aggregate}/{id}/state', { ...there, aggregate }, {}, 404, 'UnknownAggregate')),
    ...each('at', badIds, (id) => get('/streams/{aggregate}/{id}/state', { ...there, id }, {}, 400, 'InvalidId')),
    ['that is not there', get('/streams/{aggregate}/{id}/state', { ...there, id: 'nobody' }, {}, 404, 'NotFound')],
    ...each('of the version', badNumbers, (version) => state({ version })),
    ...each('of the time', badTimes, (time) => state({ at: time })),
    ['of a version and a time', state({ version: '1', at: '2026-01-01T00:00:00Z' })],
    ['before anything was', { ...state({ at: '2001-01-01T00:00:00Z' }), gives: [404, 'NotFound'] }],
  ]));

describe('a path', () =>
  tryRows([
    ['that nothing is served at', { route: '$default', asked: { path: '/no/such/path/here' }, gives: [404, 'UnknownRoute'] }],
    ['with an empty part', { route: '$default', asked: { path: '/order//PlaceOrder' }, gives: [400, 'InvalidId'] }],
  ]));

describe('no request of a client is answered 500:', () => {
  const junk = [...oddNames, ...badIds, ...badCursors, ...badNumbers, '{}', '[]', '\ufeff', '../..', '$where', '0'.repeat(300)];
  test.each(['path', 'query', 'headers', 'body'])('junk in the %s', async (where) => {
    const { edge } = at;
    for (const one of junk) {
      const replies = await Promise.all([
        edge.ask('POST /{aggregate}/{id}/{command}', {
          params: where === 'path' ? { aggregate: one, id: one, command: one } : { ...there, command: 'PlaceOrder' },
          body: where === 'body' ? one : placement,
          headers: where === 'headers' ? { 'idempotency-key': one, 'if-match': one, 'x-correlation-id': one, 'content-type': one } : {},
        }),
        edge.ask('GET /{projection}', {
          params: { projection: where === 'path' ? one : 'order-summary' },
          query: where === 'query' ? { [one]: one, limit: one, cursor: one } : { customerId: one },
          headers: where === 'headers' ? { prefer: one, 'x-correlation-id': one } : {},
        }),
        edge.ask('GET /{projection}/{key}', {
          params: where === 'path' ? { projection: 'customer-totals', key: one } : summary,
          headers: where === 'headers' ? { 'read-after': one, prefer: `wait=${one}`, 'if-none-match': one } : {},
        }),
        edge.ask('GET /streams/{aggregate}/{id}', { params: there, query: where === 'query' ? { from: one, order: one } : {} }),
      ]);
      for (const { status } of replies) expect(status).toBeLessThan(500);
    }
    expect(edge.writes).toEqual([]);
  });
});
