import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { fold } from '../../core/write/decider.ts';
import { order } from '../domain/order/decider.ts';
import { orderSummary } from '../domain/order/summary.ts';
import { fewer } from '../support/runs.ts';
import { orderLines, worthCents } from './orders.ts';
import { type RunningSystem, replay, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const count = fewer(60, 200);
const folder = mkdtempSync(join(tmpdir(), 'foldstream-e2e-'));
const file = join(folder, 'orders.jsonl');
let system: RunningSystem;

beforeAll(async () => {
  writeFileSync(file, orderLines(count).join('\n'));
  system = await runSystem(join(folder, 'data'));
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noExplicitAny: whatever the API answers; the assertions say what.
type Json = any;

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${system.url}${path}`, { headers });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
};
const post = async (path: string, data: unknown, headers: Record<string, string> = {}) => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(data) };
  const response = await fetch(`${system.url}${path}`, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
};

const placement = { customerId: 'ada', lines: [{ productId: 'tea', sellerId: 'bo', priceCents: 450, freightCents: 120 }] };

describe('over HTTP', () => {
  test('an order is placed, read back at once, and found by its customer', async () => {
    const placed = await post('/order/42/PlaceOrder', placement, { 'idempotency-key': 'first' });
    expect(placed).toMatchObject({ status: 200, body: { version: 1, events: [{ type: 'OrderPlaced', version: 1 }], token: 'order-42@1' } });
    const document = await get('/order-summary/42', { 'read-after': placed.body.token });
    expect(document).toMatchObject({ status: 200, body: { customerId: 'ada', status: 'placed', totalCents: 570 } });
    expect(document.headers.get('etag')).toBe('"1"');
    const totals = await get('/customer-totals/ada', { 'read-after': placed.body.token, prefer: 'wait=8' });
    expect(totals).toMatchObject({ status: 200, body: { orders: 1, totalCents: 570 } });
    const list = await get('/order-summary?customerId=ada');
    expect(list.body.items).toMatchObject([{ key: '42', version: 1, document: { status: 'placed' } }]);
  });

  test('the same request again is the same answer, and no second event', async () => {
    const again = await post('/order/42/PlaceOrder', placement, { 'idempotency-key': 'first' });
    expect(again).toMatchObject({ status: 200, body: { version: 1, token: 'order-42@1' } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await get('/streams/order/42')).body.items).toHaveLength(1);
  });

  test('the events and the state at any version are shown', async () => {
    await post('/order/42/ApproveOrder', {});
    expect((await get('/streams/order/42/state?version=1')).body).toMatchObject({ version: 1, state: { status: 'placed' } });
    expect((await get('/streams/order/42/state')).body).toMatchObject({ version: 2, state: { status: 'approved' } });
  });

  test('no two customers have one e-mail address', async () => {
    expect((await post('/customer/1/RegisterCustomer', { name: 'Ada', email: 'ada@example.com' })).status).toBe(200);
    const second = await post('/customer/2/RegisterCustomer', { name: 'Eve', email: 'ADA@example.com' });
    expect(second).toMatchObject({ status: 409, body: { code: 'NameTaken' } });
    expect((await get('/streams/customer/2')).status).toBe(404);
  });

  test.each([
    ['an unknown path', '/no/such/thing', 404, 'UnknownRoute'],
    ['an unknown projection', '/nothing/1', 404, 'UnknownProjection'],
    ['an unknown aggregate', '/streams/nothing/1', 404, 'UnknownAggregate'],
    ['an empty part', '/order-summary//', 400, 'InvalidId'],
    ['a bad limit', '/order-summary?customerId=ada&limit=0', 400, 'InvalidRequest'],
    ['a bad cursor', '/order-summary?customerId=ada&cursor=x', 400, 'InvalidCursor'],
  ])('%s is a problem document', async (_, path, status, code) => {
    const answer = await get(path);
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('a replay of real-looking orders', () => {
  const worth = (worthCents(count) / 100).toLocaleString('en-US', { minimumFractionDigits: 2 });
  const summary = `${count} of ${count} orders, worth ${worth} with freight: ${(count * 7) / 10} delivered, ${count / 10} approved, ${count / 10} cancelled, ${count / 10} shipped`;

  test('killed in the middle, started, and replayed again, it comes to the same end', async () => {
    const interrupted = replay(system.url, file);
    for (let seen = 0; seen < count / 10; await setTimeout(50)) seen = await ordersSeen();
    await system.kill();
    interrupted.child.kill();
    await interrupted.done;

    system = await runSystem(join(folder, 'data'));
    const { code, output } = await replay(system.url, file).done;
    expect(output).toContain(summary);
    expect(code).toBe(0);
    const again = await replay(system.url, file).done;
    expect(again.output).toContain(summary);
    expect(again.output).toContain('0 new events');
  });

  test('every document equals the fold of its stream', async () => {
    for (let index = 0; index < count; index++) {
      const { body: document, headers } = await get(`/order-summary/order${index}`);
      const { items } = (await get(`/streams/order/order${index}`)).body;
      expect(headers.get('etag')).toBe(`"${items.length}"`);
      expect(document.status).toBe(fold(order, items).status);
      const folded = items.reduce(
        (before: ReturnType<typeof orderSummary.initialState>, { type, data, metadata }: Recorded) =>
          orderSummary.evolve[type]?.(before, data as never, metadata as never) ?? before,
        orderSummary.initialState(),
      );
      expect(document).toEqual(folded);
    }
  });

  test('all orders of a customer are listed, page by page, each once', async () => {
    const keys: string[] = [];
    for (let cursor = ''; ; ) {
      const { items, ...page } = (await get(`/order-summary?customerId=customer3&limit=7${cursor}`)).body;
      keys.push(...items.map(({ key }: { key: string }) => key));
      if (page.cursor === undefined) break;
      cursor = `&cursor=${page.cursor}`;
    }
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(orderLines(count).filter((line) => JSON.parse(line).customerId === 'customer3').length);
  });
});

interface Recorded {
  readonly type: keyof typeof orderSummary.evolve;
  readonly data: unknown;
  readonly metadata: unknown;
}

const ordersSeen = async (): Promise<number> => {
  const pages = await Promise.all(Array.from({ length: 7 }, (_, index) => get(`/order-summary?customerId=customer${index}&limit=100`)));
  return pages.reduce((sum, { body }) => sum + body.items.length, 0);
};
