import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { httpThirdParties } from '../../adapters/outbound/http-third-parties.ts';
import type { OutboundCall } from '../../core/calls/outbound-requests.ts';

/** What the third party says to one request after the other; `hang` says nothing, `drop` ends the connection. */
type Word = number | 'hang' | 'drop' | { readonly status: number; readonly headers: Readonly<Record<string, string>> };
let script: Word[];
let seen: { readonly request: IncomingMessage; readonly body: string }[];
let pauses: [number, number][];
let measured: string[];
let url: string;

const server = createServer(async (request, response) => {
  seen.push({ request, body: await text(request) });
  const word = script.shift() ?? 200;
  if (word === 'hang') return;
  if (word === 'drop') return void request.socket.destroy();
  const { status, headers } = typeof word === 'number' ? { status: word, headers: {} } : word;
  response.writeHead(status, headers).end(`said ${status} ${'x'.repeat(1000)}`);
});
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [script, seen, pauses, measured] = [[], [], [], []];
});

const charge: OutboundCall = {
  to: 'bank',
  path: '/payments/42/charge',
  body: { amountCents: 7 },
  idempotencyKey: 'payment-42@1',
  correlationId: 'c',
};
const bank = (endpoint = `${url}/v1/`) =>
  httpThirdParties({
    endpoints: { bank: endpoint },
    timeoutSeconds: 0.2,
    maxTries: 3,
    pause: async (tries, askedSeconds) => void pauses.push([tries, askedSeconds]),
    measure: (what) => void measured.push(what),
  });
const call = (...words: readonly Word[]): Promise<string> => {
  script = [...words];
  return bank()
    .call(charge)
    .then(() => 'taken')
    .catch((error: Error) => error.name);
};

test('a call is a POST of JSON under its key, below the endpoint', async () => {
  expect(await call(204)).toBe('taken');
  const [{ request, body }] = seen as [(typeof seen)[0]];
  expect([request.method, request.url, body]).toEqual(['POST', '/v1/payments/42/charge', '{"amountCents":7}']);
  expect(request.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'payment-42@1', 'x-correlation-id': 'c' });
  expect(measured).toEqual([]);
});

describe('is made again, under the same key, after', () => {
  test.each<Word>([408, 425, 429, 500, 502, 503, 504, 'hang', 'drop'])('%j', async (word) => {
    expect(await call(word, 200)).toBe('taken');
    expect(seen.map(({ request }) => request.headers['idempotency-key'])).toEqual(['payment-42@1', 'payment-42@1']);
    expect(measured).toEqual(['callsUnanswered']);
  });

  test('after the time that the third party asks for', async () => {
    await call(
      { status: 429, headers: { 'retry-after': '7' } },
      { status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' } },
    );
    expect(pauses).toEqual([
      [1, 7],
      [2, 0],
    ]);
  });

  test('up to a limit', async () => {
    expect(await call(503, 'drop', 503, 200)).toBe('Unavailable');
    expect(seen).toHaveLength(3);
  });
});

describe('is refused for good with', () => {
  test.each([301, 307, 400, 401, 403, 404, 409, 410, 422])('%d', async (status) => {
    expect(await call({ status, headers: { location: `${url}/elsewhere` } }, 200)).toBe('CallRefused');
    expect(seen).toHaveLength(1);
    expect(measured).toEqual(['callsRefused']);
  });

  test('an error names the third party and the beginning of its answer', async () => {
    script = [422];
    const { message } = (await bank()
      .call(charge)
      .catch((error) => error)) as Error;
    expect(message).toMatch(/^bank\/payments\/42\/charge, for payment-42@1: 422 said 422 x+$/);
    expect(message.length).toBeLessThan(400);
  });
});

test('a third party that cannot be reached is unavailable, and the error names it and the reason', async () => {
  await expect(bank('http://127.0.0.1:9').call(charge)).rejects.toThrow(
    /^bank\/payments\/42\/charge, for payment-42@1: .*(ECONNREFUSED|bad port)/,
  );
});

test('the known third parties are those with an endpoint', () => expect([...bank().known]).toEqual(['bank']));
