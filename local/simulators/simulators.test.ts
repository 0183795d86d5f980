import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { openIssuer } from '../issuer.ts';
import { type RunningSimulator, startSimulators } from './simulators.ts';

/** The service, which says these words one after the other, and then 200. */
let words: [number, object?][];
let asked: { readonly request: IncomingMessage; readonly body: string }[];
const service = createServer(async (request, response) => {
  asked.push({ request, body: await text(request) });
  const [status, body = {}] = words.shift() ?? [200];
  response.writeHead(status).end(JSON.stringify(body));
});

const file = resolve('domain/simulators.ts');
let folder: string;
let lines: string[];
let provider: RunningSimulator;
const start = async (): Promise<void> => {
  const say = (source: string, line: string) => void lines.push(`${source}: ${line}`);
  [provider] = (await startSimulators({ file, folder, port: 0, timeScale: 1, say })) as [RunningSimulator];
};
const serviceUrl = () => `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
beforeEach(async () => {
  [words, asked, lines] = [[], [], []];
  folder = mkdtempSync(join(tmpdir(), 'foldstream-simulators-'));
  await once(service.listen(0, '127.0.0.1'), 'listening');
  await start();
});
afterEach(async () => {
  await provider.stop();
  service.closeAllConnections();
  service.close();
  rmSync(folder, { recursive: true });
});

const send = async (method: string, path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
  (await fetch(`${provider.url}${path}`, { method, body, headers })).status;
const charge = (id: string) => send('POST', `/payments/${id}/charge`, '{"amountCents":7}', { 'idempotency-key': `payment-${id}@1` });
const answered = async (count: number): Promise<void> => {
  while (asked.length < count) await setTimeout(10);
};

describe('a simulator', () => {
  test('takes requests before it knows the address of the service, and answers after that', async () => {
    expect(await charge('42')).toBe(200);
    expect(await charge('42')).toBe(200);
    provider.answerTo(serviceUrl(), undefined);
    await answered(1);
    await setTimeout(50);
    expect(asked.map(({ request, body }) => [request.method, request.url, request.headers['idempotency-key'], body])).toEqual([
      ['POST', '/payment/42/ReceivePayment', 'payment-provider/0/0', '{}'],
    ]);
  });

  test('sends a command that the service did not take again, under the same key', async () => {
    words = [[503], [409, { code: 'ConcurrencyConflict' }], [429]];
    provider.answerTo(serviceUrl(), undefined);
    await charge('42');
    await answered(4);
    expect(new Set(asked.map(({ request }) => request.headers['idempotency-key']))).toEqual(new Set(['payment-provider/0/0']));
    expect(lines).toEqual([]);
  });

  test('reports a refusal of the service, and does not send the command again', async () => {
    words = [[409, { code: 'PaymentNotRequested' }]];
    provider.answerTo(serviceUrl(), undefined);
    await charge('42');
    await answered(1);
    await setTimeout(300);
    expect(asked).toHaveLength(1);
    expect(lines).toEqual(['payment-provider: ReceivePayment for 42 was answered 409: {"code":"PaymentNotRequested"}']);
  });

  test('sends after a restart the answers that were due before, each once', async () => {
    await charge('42');
    await provider.stop();
    await start();
    provider.answerTo(serviceUrl(), undefined);
    await answered(1);
    await setTimeout(50);
    await provider.stop();
    await start();
    provider.answerTo(serviceUrl(), undefined);
    await charge('43');
    await answered(2);
    expect(asked.map(({ request }) => request.url)).toEqual(['/payment/42/ReceivePayment', '/payment/43/ReceivePayment']);
  });

  test('has a token for the commands that it sends, and no other scopes', async () => {
    provider.answerTo(serviceUrl(), await openIssuer(join(folder, 'keys')));
    await charge('42');
    await answered(1);
    const token = asked[0]?.request.headers.authorization?.replace('Bearer ', '') ?? '';
    expect(decodeJwt(token)).toMatchObject({ sub: 'payment-provider', scope: 'payment:answer' });
  });

  test('has a token for the tenant that it answers', async () => {
    provider.answerTo(serviceUrl(), await openIssuer(join(folder, 'keys')), 'custom:tenant');
    await send('POST', '/tenants/acme/payments/42/charge', '{"amountCents":7}', { 'idempotency-key': 'acme/payment-42@1' });
    await answered(1);
    expect(asked[0]?.request.url).toBe('/payment/42/ReceivePayment');
    const token = asked[0]?.request.headers.authorization?.replace('Bearer ', '') ?? '';
    expect(decodeJwt(token)).toMatchObject({ sub: 'payment-provider', 'custom:tenant': 'acme' });
  });

  test.each([
    ['PUT', '/behaviour', '{"behaviour":"explode"}', 400],
    ['PUT', '/behaviour', '{', 400],
    ['POST', '/payments/42/steal', '{}', 404],
    ['PUT', '/behaviour', '{"behaviour":"decline"}', 200],
  ])('%s %s %s is answered %d', async (method, path, body, status) => expect(await send(method, path, body)).toBe(status));
});

test('a domain without simulators has none', async () =>
  expect(await startSimulators({ file: resolve('examples/fines/simulators.ts'), folder, port: 0, timeScale: 1, say: () => {} })).toEqual(
    [],
  ));

test('listens at another port if its port is taken', async () => {
  const { port } = service.address() as AddressInfo;
  const [other] = (await startSimulators({ file, folder, port, timeScale: 1, say: () => {} })) as [RunningSimulator];
  expect(other.url).not.toContain(String(port));
  await other.stop();
});
