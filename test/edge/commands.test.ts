import { beforeEach, describe, expect, test } from '@jest/globals';
import { domain } from '../domain/index.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { placement } from './problems.ts';

let edge: ReturnType<typeof edgeOf>;
beforeEach(() => {
  edge = edgeOf(domain, memoryStores());
});
const place = (headers: Readonly<Record<string, string>> = {}, id = '42') => edge.send('order', id, 'PlaceOrder', placement, headers);
const events = async () => (await edge.ask('GET /streams/{aggregate}/{id}', { params: { aggregate: 'order', id: '42' } })).body.items;

test('a command answers with its events, the version and the token', async () => {
  const reply = await place();
  expect(reply).toMatchObject({ status: 200, headers: { etag: '"1"', 'content-type': 'application/json' } });
  expect(reply.headers).not.toHaveProperty('idempotent-replayed');
  expect(reply.body).toEqual({
    aggregate: 'order',
    id: '42',
    version: 1,
    events: [{ type: 'OrderPlaced', version: 1 }],
    token: 'order-42@1',
  });
});

test('a command that changes nothing answers with the version and without events', async () => {
  await place();
  await edge.send('order', '42', 'ApproveOrder');
  expect(await edge.send('order', '42', 'ApproveOrder')).toMatchObject({
    status: 200,
    headers: { etag: '"2"' },
    body: { version: 2, events: [], token: 'order-42@2' },
  });
  expect(edge.writes).toEqual(['append', 'append']);
});

describe('Idempotency-Key', () => {
  test('a repeated request gets the same answer, and writes nothing', async () => {
    const first = await place({ 'idempotency-key': 'k' });
    await edge.send('order', '42', 'ApproveOrder');
    const again = await place({ 'idempotency-key': 'k' });
    expect(again).toMatchObject({ status: 200, body: first.body, headers: { etag: '"1"', 'idempotent-replayed': 'true' } });
    expect(edge.writes).toHaveLength(2);
  });

  test('the same data in another order of its fields is the same', async () => {
    await place({ 'idempotency-key': 'k' });
    const { customerId, lines } = placement;
    expect(await edge.send('order', '42', 'PlaceOrder', { lines, customerId }, { 'idempotency-key': 'k' })).toMatchObject({
      status: 200,
      body: { version: 1 },
    });
  });

  test('on two streams the same key stands for two requests', async () => {
    expect(await place({ 'idempotency-key': 'k' })).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await place({ 'idempotency-key': 'k' }, '43')).toMatchObject({ status: 200, body: { id: '43', version: 1 } });
  });

  test('is the id of the command in the events', async () => {
    await place({ 'idempotency-key': '!k~' });
    expect(await events()).toMatchObject([{ metadata: { commandId: '!k~', causationId: '!k~' } }]);
  });
});

describe('preconditions', () => {
  // An order that is not placed refuses its approval, so there the answer is 409 where the precondition holds.
  const table: Readonly<Record<string, { at: 0 | 1; headers: Readonly<Record<string, string>>; gives: number }>> = {
    'the version it is at': { at: 1, headers: { 'if-match': '"1"' }, gives: 200 },
    'the version it is at, with blanks': { at: 1, headers: { 'if-match': ' "1" ' }, gives: 200 },
    'version 0 of what is new': { at: 0, headers: { 'if-match': '"0"' }, gives: 409 },
    'new, and it is': { at: 0, headers: { 'if-none-match': '*' }, gives: 409 },
    'new, and it is not': { at: 1, headers: { 'if-none-match': '*' }, gives: 412 },
    'a version to come': { at: 1, headers: { 'if-match': '"2"' }, gives: 412 },
    'a version that was': { at: 1, headers: { 'if-match': '"0"' }, gives: 412 },
  };

  test.each(Object.entries(table))('%s', async (_, { at, headers, gives }) => {
    if (at === 1) await place();
    const reply = await edge.send('order', '42', 'ApproveOrder', {}, headers);
    expect(reply.status).toBe(gives);
    if (gives === 412) expect(reply.body).toMatchObject({ code: 'PreconditionFailed', version: at });
  });
});

describe('x-correlation-id', () => {
  test.each(['c', 'a-b_c:1', '~'.repeat(128)])('%s is accepted, answered and recorded', async (id) => {
    expect((await place({ 'x-correlation-id': id })).headers).toMatchObject({ 'x-correlation-id': id });
    expect(await events()).toMatchObject([{ metadata: { correlationId: id } }]);
  });
  test.each(['', 'a b', 'a\nb', 'x'.repeat(129), 'ä'])('%j is not accepted, and a new id is made', async (id) => {
    const made = (await place({ 'x-correlation-id': id })).headers['x-correlation-id'];
    expect(made).toMatch(/^request-\d+$/);
    expect(await events()).toMatchObject([{ metadata: { correlationId: made } }]);
  });
  test('is on errors too', async () => {
    await place();
    const reply = await place({ 'x-correlation-id': 'c' });
    expect(reply).toMatchObject({ status: 409, headers: { 'x-correlation-id': 'c' }, body: { correlationId: 'c' } });
  });
});

test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/merge-patch+json'])(
  'a body is sent as %s',
  async (type) => {
    expect((await place({ 'content-type': type })).status).toBe(200);
  },
);

test('a body may come as base64', async () => {
  const body = Buffer.from(JSON.stringify({ ...placement, customerId: 'Clëo' })).toString('base64');
  const params = { aggregate: 'order', id: '42', command: 'PlaceOrder' };
  expect((await edge.ask('POST /{aggregate}/{id}/{command}', { params, body, isBase64Encoded: true })).status).toBe(200);
  expect((await events())[0].data.customerId).toBe('Clëo');
});

test('a field that the schema does not name is not recorded', async () => {
  await edge.send('order', '42', 'PlaceOrder', { ...placement, admin: true, constructor: 1 });
  expect((await events())[0].data).toEqual(placement);
});

test("a refusal has the domain's code", async () => {
  await place();
  expect(await edge.send('order', '42', 'ShipOrder')).toMatchObject({ status: 409, body: { code: 'OrderNotApproved', status: 409 } });
});

test('a name that is taken by another stream is a refusal', async () => {
  const ada = { name: 'Ada', email: 'ada@example.com' };
  expect((await edge.send('customer', '1', 'RegisterCustomer', ada)).status).toBe(200);
  const reply = await edge.send('customer', '2', 'RegisterCustomer', ada);
  expect(reply).toMatchObject({ status: 409, body: { code: 'NameTaken' } });
  expect(JSON.stringify(reply.body)).not.toContain('"1"');
});
