import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { run } from '../../cli/es/run.ts';
import { scopesOf } from '../../core/registry/access.ts';
import { type Issuer, openIssuer } from '../../local/issuer.ts';
import { type System, startSystem } from '../../local/system.ts';
import { domain } from '../domain/index.ts';

jest.setTimeout(300_000);

// Two tenants in one running system, with orders under the same numbers, and an operator who sees to both.

const folder = mkdtempSync(join(tmpdir(), 'foldstream-tenants-'));
let system: System;
let issuer: Issuer;
beforeAll(async () => {
  const keyFolder = join(folder, 'keys');
  mkdirSync(join(folder, 'test'));
  symlinkSync(resolve('test/domain'), join(folder, 'test/domain')); // The tools look for it beside the data.
  issuer = await openIssuer(keyFolder);
  system = await startSystem({ domain: 'test/domain', port: 0, dataFolder: join(folder, 'data'), keyFolder, tenantClaim: 'tenant' });
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  jest.restoreAllMocks();
});

// biome-ignore lint/suspicious/noExplicitAny: whatever the API answers; the assertions say what.
type Json = any;
const ask = async (tenant: string | undefined, path: string, data?: object): Promise<Json> => {
  const claims: Record<string, string> = tenant === undefined ? {} : { tenant };
  const token = await issuer.mint({ subject: 'ada', scopes: scopesOf(domain), expiresInSeconds: 600, claims });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(
    `${system.url}${path}`,
    data === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(data) },
  );
  return { ...((await response.json()) as object), http: response.status };
};
const until = async (look: () => Promise<Json>, holds: (found: Json) => boolean): Promise<Json> => {
  for (;;) {
    const found = await look();
    if (holds(found)) return found;
    await setTimeout(100);
  }
};
const es = async (...args: readonly string[]) => {
  const said: string[] = [];
  const print = jest.spyOn(console, 'log').mockImplementation((line: unknown) => void said.push(String(line)));
  const write = jest.spyOn(process.stdout, 'write').mockImplementation(((text: string, taken: () => void) => {
    said.push(text);
    taken();
    return true;
  }) as never);
  const code = await run(args, join(folder, 'data'));
  print.mockRestore();
  write.mockRestore();
  return { code, out: said.join('\n') };
};

const line = (priceCents: number) => ({ productId: 'tea', sellerId: 'bo', priceCents, freightCents: 0 });
const place = (tenant: string, priceCents: number, more = {}) =>
  ask(tenant, '/order/1/PlaceOrder', { customerId: 'cleo', lines: [line(priceCents)], ...more });

test('a token without a tenant opens only the open routes', async () => {
  expect(await ask(undefined, '/order/1/PlaceOrder', { customerId: 'cleo', lines: [line(1)] })).toMatchObject({ http: 403 });
  expect(await ask(undefined, '/order-summary/1')).toMatchObject({ http: 403 });
  expect(await ask(undefined, '/health')).toMatchObject({ http: 200 });
});

test('each tenant has its own orders, lists, totals and names', async () => {
  expect(await place('a', 100)).toMatchObject({ http: 200, token: 'order-1@1' });
  expect(await place('a-b', 900, { fulfilledBy: 'marketplace' })).toMatchObject({ http: 200, token: 'order-1@1' });
  for (const [tenant, totalCents] of [
    ['a', 100],
    ['a-b', 900],
  ] as const) {
    const listed = await until(
      () => ask(tenant, '/order-summary?customerId=cleo'),
      ({ items }) => items.length > 0,
    );
    expect(listed.items).toMatchObject([{ key: '1', document: { totalCents } }]);
    expect(
      await until(
        () => ask(tenant, '/customer-totals/cleo'),
        ({ http }) => http === 200,
      ),
    ).toMatchObject({ orders: 1, totalCents });
    expect((await ask(tenant, '/streams/order/1/published')).items).toMatchObject([
      { id: `${tenant}/order-1@1`, tenant, data: { totalCents } },
    ]);
    const registration = { name: tenant, email: 'cleo@example.org' };
    expect(await ask(tenant, '/customer/cleo/RegisterCustomer', registration)).toMatchObject({ http: 200 });
    expect(await ask(tenant, '/customer/bo/RegisterCustomer', registration)).toMatchObject({
      http: 409,
      code: 'NameTaken',
      name: 'email:cleo@example.org',
    });
  }
  expect((await ask('b', '/order-summary?customerId=cleo')).items).toEqual([]);
});

test('a saga sends commands only to aggregates of the tenant of its first event', async () => {
  // Nobody has any tea: the order of the marketplace comes to nothing, and that of the other tenant goes on.
  const saga = await until(
    () => ask('a-b', '/sagas/fulfilment/1'),
    ({ status }) => status === 'aborted',
  );
  expect(saga).toMatchObject({ id: '1', event: 'a-b/order-1@1', reason: 'OutOfStock' });
  expect(await ask('a-b', '/streams/order/1/state')).toMatchObject({ state: { status: 'cancelled' } });
  expect(await ask('a', '/streams/order/1/state')).toMatchObject({ state: { status: 'placed' } });
  expect(await ask('a', '/sagas/fulfilment/1')).toMatchObject({ http: 404 });
});

test("each tenant's payment is paid separately, though the payments have the same id", async () => {
  for (const [tenant, priceCents] of [
    ['a', 200],
    ['b', 300],
  ] as const) {
    await ask(tenant, '/stock/tea/ReceiveStock', { quantity: 1 });
    await ask(tenant, '/order/2/PlaceOrder', { customerId: 'cleo', lines: [line(priceCents)], fulfilledBy: 'marketplace' });
  }
  const provider = system.simulators.find(({ name }) => name === 'payment-provider')?.url;
  for (const [tenant, takenCents] of [
    ['a', 200],
    ['b', 300],
  ] as const) {
    const saga = await until(
      () => ask(tenant, '/sagas/fulfilment/2'),
      ({ status }) => status === 'completed' || status === 'aborted',
    );
    expect(saga).toMatchObject({ status: 'completed' });
    expect(await (await fetch(`${provider}/tenants/${tenant}/payments/2`)).json()).toMatchObject({ takenCents, heldCents: takenCents });
  }
});

test('an operator sees all tenants', async () => {
  const refused = jest.spyOn(console, 'error').mockImplementation(() => {});
  expect(await es('show', 'a/order-1')).toMatchObject({ code: 0, out: expect.stringMatching(/^a\/order-1 at version 1, /) });
  expect(await es('tail', 'a-b/order-1')).toMatchObject({ code: 0, out: expect.stringContaining('OrderCancelled') });
  expect(await es('verify')).toMatchObject({ code: 0, out: expect.stringContaining('of 10 streams: intact') });
  expect(await es('verify', 'a/order-1')).toMatchObject({ code: 0 });
  await es('projections', '--wait');
  expect(await es('audit')).toMatchObject({
    code: 0,
    out: expect.stringContaining('audited 10 streams in 2 read models and the relay: missing = 0'),
  });
  expect(await es('sagas', 'fulfilment', 'a-b/1')).toMatchObject({ code: 0, out: expect.stringContaining('a-b/order-1@1') });
  expect(await es('sagas', 'fulfilment', 'a/1')).toMatchObject({ code: 2 });
  expect(refused.mock.calls.flat().join()).toContain("no event of a/order-1 starts the saga 'fulfilment'");
  expect(await es('parked')).toEqual({ code: 0, out: 'Nothing is parked.' });
});

test('the acts of an operator belong to no tenant, and no tenant can read them', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => {});
  expect(await es('redrive', 'order-summary', 'a/order-1', '--why', 'INC-42', '--who', 'ada')).toMatchObject({ code: 0 });
  expect(await es('log')).toMatchObject({
    out: expect.stringMatching(/^\S+ {2}ada {2}redrive order-summary a\/order-1 {2}\(INC-42\) {2}done: 1 stream in, 0 still parked$/),
  });
  const month = new Date().toISOString().slice(0, 7);
  expect(await es('show', `system-${month}`)).toMatchObject({ code: 0, out: expect.stringContaining('ActEnded') });
  expect(await es('verify')).toMatchObject({ code: 0, out: expect.stringContaining('of 11 streams: intact') });
  expect(await es('audit')).toMatchObject({ code: 0, out: expect.stringContaining('audited 11 streams') });
  expect(await ask('a', `/streams/system/${month}`)).toMatchObject({ http: 403, code: 'Forbidden' });
});
