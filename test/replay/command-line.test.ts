import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { orderLines } from '../e2e/orders.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-replay-'));
const file = join(folder, 'orders.jsonl');

/** A service in which every order is shipped as soon as it was placed, and of which nobody was asked for money. */
let posted: string[];
const service = createServer(async (request, response) => {
  await text(request);
  const path = request.url ?? '';
  if (request.method === 'POST') posted.push(path);
  const answer = () => {
    if (request.method === 'POST') return { version: 1, events: [{}] };
    if (path.startsWith('/order-summary/') || /^\/streams\/order\/.*\/state$/.test(path))
      return { status: 'shipped', state: { status: 'shipped' } };
    return {};
  };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer()));
});
beforeAll(async () => {
  writeFileSync(file, orderLines(2).join('\n'));
  await once(service.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  service.closeAllConnections();
  service.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  posted = [];
});

const run = (...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly said: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['scripts/replay.ts', ...args], (error, out, said) =>
      resolve({ code: Number(error?.code ?? 0), out, said }),
    );
  });
const url = () => `http://127.0.0.1:${(service.address() as AddressInfo).port}`;

test('the help says what --live does', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  for (const option of ['--live', '--provider', '--patience', '--concurrency', '--token']) expect(out).toContain(option);
});

test.each([
  [['--live'], /^Usage/],
  [[file, '--live', '--patience', 'long'], /--patience is a number of minutes/],
  [[file, '--live', '--patience', '0'], /--patience is a number of minutes/],
  [[file, '--live', '--concurrency', '0'], /--concurrency is a whole number/],
])('%j is refused', async (args, says) => {
  const { code, said } = await run(...args);
  expect(code).toBe(2);
  expect(said).toMatch(says);
});

test('orders and products that do not balance are named, and the exit code is not 0', async () => {
  const { code, out, said } = await run(file, '--live', '--url', url(), '--provider', url(), '--settle', '0');
  expect(code).toBe(1);
  expect(out).toMatch(/^2 orders: 2 shipped\n/);
  expect(said).toContain('order order0 is shipped: its payment has 0.00 of 11.00 and has to have 11.00');
  expect(said).toContain('order order0 is shipped: the payment provider holds 0.00 of 11.00 and has to have 11.00');
  expect(said).toContain('product product0: shipped for order0/0, and never dispatched');
  expect(posted).toEqual([
    '/stock/product0/ReceiveStock',
    '/stock/product1/ReceiveStock',
    '/order/order0/PlaceOrder',
    '/order/order1/PlaceOrder',
  ]);
}, 60_000);
