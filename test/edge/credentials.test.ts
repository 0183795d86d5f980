import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { signing } from '../../adapters/outbound/credentials.ts';
import { httpThirdParties } from '../../adapters/outbound/http-third-parties.ts';
import type { Credentials } from '../../core/calls/credentials.ts';
import type { OutboundCall } from '../../core/calls/outbound-requests.ts';

// A third party that asks for credentials. Attacks: whatever it says, and whatever fails, no secret stands in what the function throws.

interface Seen {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}
type Answer = (seen: Seen) => readonly [status: number, body: string];

let seen: Seen[];
let answer: Answer;
let url: string;
let clock: number;
const server = createServer(async (request, response) => {
  const one = { url: request.url ?? '', headers: request.headers as Seen['headers'], body: await text(request) };
  seen.push(one);
  const [status, body] = answer(one);
  response.writeHead(status).end(body);
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
  [seen, clock, answer] = [[], Date.parse('2026-06-01T00:00:00.000Z'), () => [200, '']];
});

const charge: OutboundCall = { to: 'bank', path: '/charge', body: { cents: 7 }, idempotencyKey: 'payment-42@1', correlationId: 'c' };

const secrets = {
  header: JSON.stringify({ value: 'Bearer s3cret-"of\\the bank' }),
  oauth: JSON.stringify({ clientId: 'shop', clientSecret: 'gehe!m:%/ü' }),
  hmac: JSON.stringify({ key: 'k3y-of-the-bank' }),
};
const kinds = {
  header: { header: 'Authorization' },
  oauth: { oauth: { tokenUrl: '/oauth/token', scope: 'pay' } },
  hmac: { hmac: { header: 'X-Signature', algorithm: 'sha256' } },
} as const satisfies Readonly<Record<string, Credentials>>;

/** A function that calls the bank. `secret` may change while it runs. */
const bank = (kind: keyof typeof kinds, secret: () => string | Promise<string> = () => secrets[kind]) => {
  let reads = 0;
  const endpoints = { bank: url };
  const thirdParties = httpThirdParties({
    endpoints,
    signing: signing({
      ...{ credentials: new Map([['bank', kinds[kind]]]), endpoints, now: () => new Date(clock), timeoutSeconds: 0.5 },
      secretOf: async () => {
        reads += 1;
        return secret();
      },
    }),
    ...{ timeoutSeconds: 0.5, maxTries: 1, pause: async () => {}, measure: () => {} },
  });
  return { call: () => thirdParties.call(charge), reads: () => reads };
};
const calls = () => seen.filter((one) => one.url === '/charge');
const tokens = () => seen.filter((one) => one.url === '/oauth/token');
const issuing = (expires?: number): Answer => {
  let issued = 0;
  return ({ url: asked }) => {
    if (asked !== '/oauth/token') return [200, ''];
    issued += 1;
    return [
      200,
      JSON.stringify({ access_token: `token-${issued}`, token_type: 'bearer', ...(expires === undefined ? {} : { expires_in: expires }) }),
    ];
  };
};

describe('a header', () => {
  test('has the value of the secret, which is read once in five minutes', async () => {
    const one = bank('header');
    for (let call = 0; call < 3; call++) await one.call();
    expect(calls().map(({ headers }) => headers['authorization'])).toEqual(Array(3).fill('Bearer s3cret-"of\\the bank'));
    expect(one.reads()).toBe(1);
    clock += 300_000;
    await one.call();
    expect(one.reads()).toBe(2);
  });

  test('is new at once if the third party refuses the old one: the same call, under the same key', async () => {
    let value = 'old-value';
    const one = bank('header', () => JSON.stringify({ value }));
    await one.call();
    value = 'new-value';
    answer = ({ headers }) => [headers['authorization'] === 'new-value' ? 200 : 401, ''];
    clock += 60_000;
    await one.call();
    expect(calls().map(({ headers }) => [headers['authorization'], headers['idempotency-key']])).toEqual([
      ['old-value', 'payment-42@1'],
      ['old-value', 'payment-42@1'],
      ['new-value', 'payment-42@1'],
    ]);
  });

  test('that is refused always is asked for twice a call, and read no more than every ten seconds', async () => {
    const one = bank('header');
    answer = () => [401, 'who are you?'];
    for (let call = 0; call < 10; call++) await expect(one.call()).rejects.toThrow('401, also with new credentials');
    expect(calls()).toHaveLength(20);
    expect(one.reads()).toBe(1);
  });

  test('cannot replace a header of the service', async () => {
    await bank('header').call();
    expect(calls()[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'payment-42@1' });
  });
});

describe('a signature', () => {
  test('is of the time and the body, as it is sent', async () => {
    await bank('hmac').call();
    const [{ headers, body }] = calls() as [Seen];
    const [, at = '', v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['x-signature'] ?? '') ?? [];
    expect(Number(at)).toBe(clock / 1000);
    expect(v1).toBe(createHmac('sha256', 'k3y-of-the-bank').update(`${at}.${body}`).digest('hex'));
  });
});

describe('a token of OAuth', () => {
  test('is asked for once by many calls, with client credentials, and used until shortly before it expires', async () => {
    answer = issuing(600);
    const one = bank('oauth');
    await Promise.all(Array.from({ length: 20 }, one.call));
    expect(tokens()).toHaveLength(1);
    const [{ headers, body }] = tokens() as [Seen];
    expect(body).toBe('grant_type=client_credentials&scope=pay');
    const [id = '', secret = ''] = Buffer.from(headers['authorization']?.replace('Basic ', '') ?? '', 'base64')
      .toString()
      .split(':');
    expect([id, secret].map(decodeURIComponent)).toEqual(['shop', 'gehe!m:%/ü']);
    expect(new Set(calls().map((call) => call.headers['authorization']))).toEqual(new Set(['Bearer token-1']));
    clock += 539_000;
    await one.call();
    expect(tokens()).toHaveLength(1);
    clock += 2000;
    await one.call();
    expect(tokens()).toHaveLength(2);
  });

  test('is asked for anew, once, if the third party refuses it; concurrent calls share the new one', async () => {
    const issue = issuing();
    answer = (one) => (one.headers['authorization'] === 'Bearer token-1' ? [401, ''] : issue(one));
    const one = bank('oauth');
    await Promise.all(Array.from({ length: 8 }, one.call));
    expect(tokens()).toHaveLength(2);
    expect(calls().filter((call) => call.headers['authorization'] === 'Bearer token-2')).toHaveLength(8);
  });

  test.each<[string, Answer, string]>([
    ['refuses the client', () => [401, '{"error":"invalid_client"}'], 'its token endpoint said 401: invalid_client'],
    ['repeats what it was sent', ({ body, headers }) => [400, `${body} ${headers['authorization']}`], 'its token endpoint said 400'],
    ['says its error with the secret', () => [400, '{"error":"gehe!m:%/ü"}'], 'its token endpoint said 400'],
    ['issues nothing', () => [200, '{}'], 'its token endpoint issued no token'],
    ['issues what is no token', () => [200, '{"access_token":"a\\r\\nx-admin: 1"}'], 'its token endpoint issued no token'],
    ['answers with a page', () => [200, '<html>'], 'its token endpoint issued no token'],
  ])('cannot be had from an endpoint that %s: the call is not made', async (_, says, message) => {
    answer = says;
    const error = await bank('oauth')
      .call()
      .catch((thrown: Error) => thrown);
    expect((error as Error).message).toBe(`bank/charge, for payment-42@1: ${message}`);
    expect(calls()).toEqual([]);
  });

  test('is asked for again after a failure', async () => {
    const one = bank('oauth');
    answer = () => [503, ''];
    await expect(one.call()).rejects.toThrow('503');
    answer = issuing();
    await one.call();
    expect(calls()).toHaveLength(1);
  });
});

describe('no secret stands in what is thrown', () => {
  const parts = ['s3cret', 'of the bank', 'of\\the bank', 'gehe!m', 'gehe', 'k3y-of', 'token-1'];
  const whole = (error: unknown) =>
    inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + String((error as Error).stack);

  test.each<[string, Answer]>([
    ['repeats all it was sent', ({ headers, body }) => [422, JSON.stringify(headers) + body]],
    ['repeats the value as it is', ({ headers }) => [422, String(headers['authorization'] ?? headers['x-signature'])]],
    ['repeats it in a URL', ({ headers }) => [422, encodeURIComponent(String(headers['authorization']))]],
    ['repeats it where the text is cut', ({ headers }) => [500, 'x'.repeat(295) + String(headers['authorization'])]],
    ['repeats it with its refusal', ({ headers }) => [401, String(headers['authorization'])]],
    ['ends the answer early', () => [500, '']],
  ])('by a third party that %s', async (_, says) => {
    const issue = issuing();
    for (const kind of ['header', 'oauth', 'hmac'] as const) {
      answer = (one) => (one.url === '/oauth/token' ? issue(one) : says(one));
      const error = await bank(kind)
        .call()
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      for (const part of parts) expect(whole(error)).not.toContain(part);
    }
  });

  test.each(Object.keys(kinds) as (keyof typeof kinds)[])('if the secret of a %s has another form, or cannot be sent', async (kind) => {
    for (const text of [
      'gehe!m',
      '"gehe!m"',
      '{"gehe!m":1}',
      '{"value":"gehe!m\\r\\nx-admin: 1","key":"","clientId":"gehe!m"}',
      '{"value":"gehe!m\\u0000"}',
    ]) {
      const error = await bank(kind, () => text)
        .call()
        .catch((thrown: unknown) => thrown);
      expect((error as Error).message).toMatch(/^bank\/charge, for payment-42@1: the secret of its credentials has not the form \{/);
      expect(whole(error)).not.toContain('gehe');
    }
    expect(calls()).toEqual([]);
  });

  test('if the third party hangs up', async () => {
    const closed = bank('header');
    answer = () => {
      server.closeAllConnections();
      return [200, ''];
    };
    const error = await closed.call().catch((thrown: unknown) => thrown);
    expect((error as Error).name).toBe('Unavailable');
    for (const part of parts) expect(whole(error)).not.toContain(part);
  });
});
