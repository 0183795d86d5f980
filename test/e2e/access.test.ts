import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Issuer, openIssuer } from '../../local/issuer.ts';
import { type System, startSystem } from '../../local/system.ts';

jest.setTimeout(300_000);

const keyFolder = mkdtempSync(join(tmpdir(), 'foldstream-keys-'));
let system: System;
let issuer: Issuer;
beforeAll(async () => {
  issuer = await openIssuer(keyFolder);
  system = await startSystem({ domain: 'test/domain', port: 0, keyFolder });
});
afterAll(async () => {
  await system?.stop();
  rmSync(keyFolder, { recursive: true });
});

const token = (scopes: readonly string[], expiresInSeconds = 60) => issuer.mint({ subject: 'ada', scopes, expiresInSeconds });
const send = async (path: string, authorization?: string, data?: unknown) => {
  const headers = {
    'content-type': 'application/json',
    ...(authorization === undefined ? {} : { authorization: `Bearer ${authorization}` }),
  };
  const response = await fetch(
    `${system.url}${path}`,
    data === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(data) },
  );
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers.
  return { status: response.status, body: (await response.json()) as any };
};
const placement = { customerId: 'ada', lines: [{ productId: 'tea', sellerId: 'bo', priceCents: 450, freightCents: 120 }] };

test('a token with the scope admits a command, and its subject is recorded', async () => {
  expect((await send('/order/1/PlaceOrder', await token(['order:write']), placement)).status).toBe(200);
  const { body } = await send('/streams/order/1', await token(['order:read']));
  expect(body.items[0].metadata.actor).toBe('ada');
});

test('without the scope it is 403, without a token that holds 401', async () => {
  expect(await send('/order/2/PlaceOrder', await token(['order:read']), placement)).toMatchObject({
    status: 403,
    body: { code: 'Forbidden' },
  });
  expect((await send('/order/2/PlaceOrder', undefined, placement)).status).toBe(401);
  expect((await send('/order/2/PlaceOrder', await token(['order:write'], -1), placement)).status).toBe(401);
  const foreign = await openIssuer(join(keyFolder, 'foreign'));
  const forged = await foreign.mint({ subject: 'ada', scopes: ['order:write'], expiresInSeconds: 60 });
  expect((await send('/order/2/PlaceOrder', forged, placement)).status).toBe(401);
  expect((await send('/streams/order/2', await token(['order:read']))).status).toBe(404);
});

test('the simulator of the payment provider answers with a token of its own', async () => {
  await send('/stock/tea/ReceiveStock', await token(['stock:write']), { quantity: 1 });
  await send('/order/3/PlaceOrder', await token(['order:write']), { ...placement, fulfilledBy: 'marketplace' });
  const received = async () => (await send('/streams/payment/3', await token(['payment:read']))).body.items?.[1];
  while ((await received()) === undefined) await setTimeout(100);
  expect(await received()).toMatchObject({ type: 'PaymentReceived', metadata: { actor: 'payment-provider' } });
});

test('the description of the API needs no token', async () => {
  expect((await send('/health')).status).toBe(200);
  expect((await send('/openapi.json')).status).toBe(200);
});

const say = (...args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, ['cli/token.ts', '--domain', 'test/domain', ...args], (error, stdout, stderr) =>
      error ? reject(new Error(stderr)) : resolve(stdout),
    );
  });

test('npm run token mints a token with the given scopes, or with all scopes', async () => {
  const payload = async (...args: readonly string[]) =>
    JSON.parse(Buffer.from((await say(...args)).split('.')[1] ?? '', 'base64url').toString());
  expect(await payload('--scope', 'a:b c:d', '--subject', 'bo', '--claim', 'tenant=acme')).toMatchObject({
    scope: 'a:b c:d',
    sub: 'bo',
    tenant: 'acme',
  });
  expect((await payload()).scope.split(' ')).toEqual(expect.arrayContaining(['order:write', 'order:cancel', 'order-summary:read']));
  expect(await payload('--tenant', 'acme')).toMatchObject({ tenant: 'acme' });
  await expect(say('--tenant', 'a/b')).rejects.toThrow("--tenant cannot be 'a/b'");
  await expect(say('--claim', 'x')).rejects.toThrow("--claim is NAME=TEXT, not 'x'");
});
