import { beforeEach, describe, expect, test } from '@jest/globals';
import { relayPositions } from '../../core/publish/relay.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { nothing } from '../../core/read/projection.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { domain } from '../domain/index.ts';
import { orderSummary } from '../domain/order/summary.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { placement } from './problems.ts';

let stores: ProjectionPorts;
let edge: ReturnType<typeof edgeOf>;
beforeEach(async () => {
  clock = 0;
  stores = memoryStores();
  edge = edgeOf(domain, stores);
});
/** A clock that only waiting moves. */
let clock = 0;
const ticking = (milliseconds: number) => async (): Promise<void> => {
  clock += milliseconds;
};
const place = (id: string, customerId = 'cleo') => edge.send('order', id, 'PlaceOrder', { ...placement, customerId });

describe('a document', () => {
  test('comes with its version and the time of its last event', async () => {
    await place('42');
    await edge.project();
    const reply = await edge.get('order-summary', '42');
    expect(reply).toMatchObject({
      status: 200,
      headers: { etag: '"1"', 'cache-control': 'no-cache' },
      body: { customerId: 'cleo', totalCents: 3400 },
    });
    const { recordedAt } = await stores.readModels.get(orderSummary, '42', 'strong');
    expect(reply.headers['last-modified']).toBe(new Date(recordedAt).toUTCString());
  });

  test.each([
    ['the tag', '"1"', 304],
    ['one of several', '"7", "1" ,"8"', 304],
    ['another tag', '"2"', 200],
    ['a tag that is none', '1', 200],
    ['the tag as a proxy that compresses makes it', 'W/"1"', 304],
    ['another such tag', 'W/"2"', 200],
    ['any tag', ' * ', 304],
  ])('is sent again or not: %s', async (_, tag, status) => {
    await place('42');
    await edge.project();
    const reply = await edge.get('order-summary', '42', { 'if-none-match': tag });
    expect(reply).toMatchObject({ status, headers: { etag: '"1"' } });
    if (status === 304)
      expect(reply).toMatchObject({ body: undefined, headers: expect.not.objectContaining({ 'content-type': expect.anything() }) });
  });

  // After the flip to a new revision the same version may be another document.
  test('has another tag in another revision', async () => {
    await place('42');
    await edge.project();
    const next = {
      ...domain,
      projections: [
        { ...orderSummary, revision: 2, evolve: { ...orderSummary.evolve, OrderPlaced: (order: object) => ({ ...order, lines: 99 }) } },
      ],
    };
    const flipped = edgeOf(next as typeof domain, stores);
    await flipped.project();
    const [before, after] = [await edge.get('order-summary', '42'), await flipped.get('order-summary', '42')];
    expect(after.body).not.toEqual(before.body);
    expect(after.headers['etag']).not.toBe(before.headers['etag']);
  });

  test('of one stream is at least as fresh as the token of a command', async () => {
    await place('42');
    expect((await edge.get('order-summary', '42')).status).toBe(404);
    const { body } = await edge.send('order', '42', 'ApproveOrder');
    expect(await edge.get('order-summary', '42', { 'read-after': body.token })).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { status: 'approved' },
    });
    expect(await edge.get('order-summary', '42', { 'read-after': 'order-42@1, customer-7@9 ,order-42@2' })).toMatchObject({ status: 200 });
  });

  test('of many streams is waited for, and 503 when time is up', async () => {
    const { body } = await place('42');
    const asked = { 'read-after': body.token, prefer: 'respond-async, wait=1' };
    const patient = edgeOf(domain, { ...stores, now: () => new Date(clock), pause: ticking(300) });
    expect(await patient.get('customer-totals', 'cleo', asked)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { code: 'Unavailable' },
    });
    expect(clock).toBe(1200);
    const lucky = edgeOf(domain, { ...stores, pause: () => edge.project() });
    expect(await lucky.get('customer-totals', 'cleo', asked)).toMatchObject({ status: 200, body: { orders: 1, totalCents: 3400 } });
  });

  test('is not waited for longer than 8 seconds, whatever is asked for', async () => {
    const { body } = await place('42');
    const patient = edgeOf(domain, { ...stores, now: () => new Date(clock), pause: ticking(1000) });
    expect((await patient.get('customer-totals', 'cleo', { 'read-after': body.token, prefer: 'wait=9999' })).status).toBe(503);
    expect(clock).toBe(8000);
  });

  test('of a parked stream is the one before the poison, and says so', async () => {
    const parked = { stream: 'order-42', eventId: 'order-42@2', error: 'no', parkedAt: '2026-01-01T00:00:00.000Z' };
    await place('42');
    await edge.project();
    const row = await stores.readModels.get(orderSummary, '42', 'strong');
    await stores.readModels.write(orderSummary, [{ key: '42', tenant: undefined, from: 1, next: { ...row, parked } }]);
    await edge.send('order', '42', 'ApproveOrder');
    expect(await edge.get('order-summary', '42')).toMatchObject({ status: 200, headers: { 'x-parked': 'order-42@2', etag: '"1"' } });
    expect(await edge.get('order-summary', '42', { 'read-after': 'order-42@1' })).toMatchObject({ status: 200 });
    const refused = await edge.get('order-summary', '42', { 'read-after': 'order-42@2' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'Parked', event: 'order-42@2' } });
    expect(refused.headers).not.toHaveProperty('retry-after');
    expect((await edge.ask('GET /parked/{projection}', { params: { projection: 'order-summary' } })).body).toEqual({ items: [parked] });
  });

  test('of a stream that is parked at its first event is 404, and says so', async () => {
    const parked = { stream: 'order-42', eventId: 'order-42@1', error: 'no', parkedAt: '2026-01-01T00:00:00.000Z' };
    await stores.readModels.write(orderSummary, [{ key: '42', tenant: undefined, from: 'unread', next: { ...nothing, parked } }]);
    const detail = "order-summary has no document '42': it cannot apply order-42@1";
    expect(await edge.get('order-summary', '42')).toMatchObject({ status: 404, headers: { 'x-parked': 'order-42@1' }, body: { detail } });
    expect((await edge.get('order-summary', '43')).headers).not.toHaveProperty('x-parked');
  });

  test('what the relay has parked is listed like it; it has no documents', async () => {
    const parked = { stream: 'order-42', eventId: 'order-42@2', error: 'no', parkedAt: '2026-01-01T00:00:00.000Z' };
    const key = progressKey(relayPositions, { aggregate: 'order', id: '42' });
    await stores.readModels.write(relayPositions, [{ tenant: undefined, key, from: 0, next: { ...nothing, version: 1, parked } }]);
    expect((await edge.ask('GET /parked/{projection}', { params: { projection: 'relay' } })).body).toEqual({ items: [parked] });
    expect(await edge.get('relay', key)).toMatchObject({ status: 404, body: { code: 'UnknownRoute' } });
    const { publications: _, sagas: __, calls: ___, ...silent } = domain;
    const asked = { params: { projection: 'relay' } };
    expect(await edgeOf(silent, stores).ask('GET /parked/{projection}', asked)).toMatchObject({ status: 404 });
  });

  test.each(['cleo', 'a/b c', '漢字', 'constructor', '__proto__', 'x'.repeat(128)])('of many streams may have the key %s', async (key) => {
    await place('42', key);
    await edge.project();
    expect(await edge.get('customer-totals', key)).toMatchObject({ status: 200, body: { orders: 1 } });
  });
});

describe('a list', () => {
  beforeEach(async () => {
    for (const id of ['1', '2', '3', '4', '5']) await place(id, id === '3' ? 'dan' : 'cleo');
    await edge.project();
  });
  const keysOf = ({ body }: { body: { items: { key: string }[] } }) => body.items.map(({ key }) => key);

  test('has the documents of a value, with their keys and versions', async () => {
    const { status, body } = await edge.list('order-summary', { customerId: 'dan' });
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [{ key: '3', version: 1, recordedAt: expect.any(String), document: expect.objectContaining({ customerId: 'dan' }) }],
    });
  });

  test.each(['1', '2', '3', '4', '100'])('by pages of %s has all, once', async (limit) => {
    for (const order of ['asc', 'desc']) {
      const keys: string[] = [];
      let cursor: string | undefined;
      do {
        const reply = await edge.list('order-summary', { customerId: 'cleo', limit, order, ...(cursor === undefined ? {} : { cursor }) });
        keys.push(...keysOf(reply));
        cursor = reply.body.cursor;
      } while (cursor !== undefined);
      expect(keys.sort()).toEqual(['1', '2', '4', '5']);
    }
  });

  test('takes a range of the sort field', async () => {
    const { items } = (await edge.list('order-summary', { customerId: 'cleo' })).body;
    const times = items.map(({ document }: { document: { placedAt: string } }) => document.placedAt);
    const [first, last] = [times[0], times.at(-1)];
    const within = async (range: Record<string, string>) =>
      keysOf(await edge.list('order-summary', { customerId: 'cleo', ...range })).sort();
    expect(await within({ from: first, to: last, sort: 'placedAt' })).toEqual(['1', '2', '4', '5']);
    expect(await within({ from: `${last}~` })).toEqual([]);
    expect(await within({ to: '2020' })).toEqual([]);
    expect(await within({ from: '2020' })).toEqual(['1', '2', '4', '5']);
  });

  test('of one query takes no cursor of another', async () => {
    const { cursor } = (await edge.list('order-summary', { customerId: 'cleo', limit: '1' })).body;
    const others: readonly Record<string, string>[] = [
      { customerId: 'dan', order: 'asc' },
      { customerId: 'cleo', order: 'desc' },
      { customerId: 'cleo', from: '2020' },
      { customerId: 'cleo', to: '2100' },
    ];
    for (const other of others)
      expect(await edge.list('order-summary', { ...other, limit: '1', cursor })).toMatchObject({
        status: 400,
        body: { code: 'InvalidCursor' },
      });
    expect((await edge.list('order-summary', { customerId: 'cleo', limit: '2', cursor })).status).toBe(200);
  });

  test('of a value that nobody has is empty', async () => {
    for (const customerId of ['nobody', 'constructor', '__proto__'])
      expect((await edge.list('order-summary', { customerId })).body).toEqual({ items: [] });
  });
});

describe('a stream', () => {
  const params = { aggregate: 'order', id: '42' };
  const read = (query?: Record<string, string>) =>
    edge.ask('GET /streams/{aggregate}/{id}', { params, ...(query === undefined ? {} : { query }) });
  const versionsOf = ({ body }: { body: { items: { metadata: { version: number } }[] } }) =>
    body.items.map(({ metadata }) => metadata.version);
  beforeEach(async () => {
    await place('42');
    for (const step of ['ApproveOrder', 'ShipOrder', 'DeliverOrder']) await edge.send('order', '42', step);
  });

  test('has its events, with metadata', async () => {
    const { status, body } = await read();
    expect(status).toBe(200);
    expect(body.items[0]).toEqual({
      type: 'OrderPlaced',
      data: placement,
      metadata: expect.objectContaining({ eventId: 'order-42@1', aggregate: 'order', id: '42', version: 1 }),
    });
    expect(versionsOf({ body })).toEqual([1, 2, 3, 4]);
    expect(body).not.toHaveProperty('next');
  });

  test.each(['1', '2', '3', '4', '1000'])('by pages of %s has all, once, in both directions', async (limit) => {
    for (const order of ['asc', 'desc']) {
      const versions: number[] = [];
      let query: Record<string, string> | undefined = { limit, order };
      while (query !== undefined) {
        const reply = await read(query);
        versions.push(...versionsOf(reply));
        query = reply.body.next === undefined ? undefined : Object.fromEntries(new URL(reply.body.next, 'http://x').searchParams);
      }
      expect(versions).toEqual(order === 'asc' ? [1, 2, 3, 4] : [4, 3, 2, 1]);
    }
  });

  test('from its end on is empty', async () => expect((await read({ from: '5' })).body).toEqual({ items: [] }));

  test.each([
    [{}, 4, 'delivered'],
    [{ version: '1' }, 1, 'placed'],
    [{ version: '2' }, 2, 'approved'],
    [{ version: '99' }, 4, 'delivered'],
    [{ at: '2999-01-01T00:00:00Z' }, 4, 'delivered'],
  ])('was at %j what it was', async (query, version, state) => {
    const reply = await edge.ask('GET /streams/{aggregate}/{id}/state', { params, query });
    expect(reply).toMatchObject({ status: 200, body: { aggregate: 'order', id: '42', version, state: { status: state } } });
  });
});

test('health', async () => expect(await edge.ask('GET /health')).toMatchObject({ status: 200, body: { status: 'ok' } }));
