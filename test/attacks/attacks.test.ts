import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { executionName } from '../../adapters/sagas/step-functions-sagas.ts';
import { operatorScope, scopesOf } from '../../core/registry/access.ts';
import { localAudience, localIssuer } from '../../local/issuer.ts';
import { domain } from '../domain/index.ts';
import { type Answer, type AttackedSystem, openAttackedSystem, tokenOf, until } from './attacked-system.ts';

jest.setTimeout(120_000);

// Attacks over HTTP on a running service with tokens and tenants. Each was tried on an earlier release, and some of them succeeded.

let system: AttackedSystem;
let alice: string;
let mallory: string;
/** Somebody of another tenant, with every scope. */
let eve: string;
let operator: string;

const secret = 'a-secret-of-acme';
const line = { productId: 'tea', sellerId: 'bo', priceCents: 450, freightCents: 120 };
const placement = { customerId: 'alice', lines: [line] };
const everything = scopesOf(domain);

beforeAll(async () => {
  system = await openAttackedSystem();
  const of = (subject: string, tenant: string, scopes: readonly string[]) =>
    tokenOf(system.issuer, { subject, scopes, claims: { tenant } });
  alice = await of('alice', 'acme', everything);
  mallory = await of('mallory', 'acme', ['order:write', 'order:read', 'order-summary:read', 'stock:write']);
  eve = await of('eve', 'other', everything);
  operator = await of('oscar', 'acme', [operatorScope]);
  const registration = { name: secret, email: `${secret}@example.org` };
  expect(await system.send('/customer/alice/RegisterCustomer', { token: alice, body: registration })).toMatchObject({ status: 200 });
  for (const id of ['1', '2', '3'])
    expect(await system.send(`/order/${id}/PlaceOrder`, { token: alice, body: { ...placement, customerId: secret } })).toMatchObject({
      status: 200,
    });
  const listed = () => system.send(`/order-summary?customerId=${secret}&limit=1`, { token: alice });
  await until(listed, ({ body }) => body?.items?.length === 1 && body.cursor !== undefined);
});
afterAll(async () => {
  await system?.stop();
});

/** Whatever the request was: the service answers, and shows nothing of acme. */
const expectHarmless = ({ status, text }: Answer): void => {
  expect(status).toBeLessThan(500);
  expect(text).not.toContain(secret);
};

/** Nothing is parked, and no function has failed: no alarm would ring. */
const expectSilence = async (): Promise<void> => {
  for (const follower of ['order-summary', 'customer-totals', 'relay'])
    expect((await system.send(`/parked/${follower}`, { token: operator })).body).toMatchObject({ items: [] });
  expect(system.log.filter((one) => / failed: /.test(one))).toEqual([]);
};

describe('a token', () => {
  const forged = (change: (parts: readonly string[]) => readonly string[]) => change(alice.split('.')).join('.');
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const signed = (claims: object, key: Parameters<SignJWT['sign']>[0] = foreignKey, alg = 'RS256') =>
    new SignJWT({ tenant: 'acme', scope: everything.join(' '), ...claims })
      .setProtectedHeader({ alg })
      .setSubject('mallory')
      .setIssuer(localIssuer)
      .setAudience(localAudience)
      .setExpirationTime('5m')
      .sign(key);
  const payload = () => JSON.parse(Buffer.from(alice.split('.')[1] ?? '', 'base64url').toString());

  test.each<[string, () => string | Promise<string>]>([
    ['without a signature (alg none)', () => forged(([, data = '']) => [encoded({ alg: 'none' }), data, ''])],
    ['with another payload', () => forged(([head = '', , sign = '']) => [head, encoded({ ...payload(), tenant: 'other' }), sign])],
    ['with a cut signature', () => forged(([head = '', data = '', sign = '']) => [head, data, sign.slice(0, -4)])],
    ['of another key', () => signed({})],
    ['signed with the public key as a secret', () => signed({}, randomBytes(32), 'HS256')],
    ['that is no token', () => 'x'],
    ['that is empty', () => ''],
    ['of another issuer', async () => (await signed({})).replace(/^[^.]*/, encoded({ alg: 'RS256', jku: 'https://evil.example/keys' }))],
  ])('%s opens nothing', async (_, token) => {
    const answer = await system.send('/order-summary/1', { token: await token() });
    expect(answer.status).toBe(401);
    expectHarmless(answer);
  });

  test.each<[string, unknown]>([
    ['absent', undefined],
    ['empty', ''],
    ['a path', 'acme/order-1'],
    ['a parent', '../acme'],
    ['a list', ['acme']],
    ['a list of two', ['acme', 'other']],
    ['a number', 7],
    ['null', null],
    ['an object', { toString: 'acme' }],
    ['an object with a value', { value: 'acme' }],
    ['with a newline', 'acme\nx'],
    ['with a zero byte', 'acme\u0000'],
    ['in brackets', '[acme]'],
    ['too long', 'a'.repeat(2000)],
  ])('whose tenant is %s shows nothing of a tenant', async (_, tenant) => {
    const token = await tokenOf(system.issuer, { subject: 'eve', scopes: everything, claims: { tenant } });
    for (const path of ['/order-summary/1', '/streams/customer/alice', `/order-summary?customerId=${secret}`]) {
      const answer = await system.send(path, { token });
      expectHarmless(answer);
      // API Gateway makes text of a claim that is a number: it may be a tenant, which has nothing.
      if (answer.status === 200) expect(answer.body).toEqual({ items: [] });
      else expect([401, 403, 404]).toContain(answer.status);
    }
  });

  test('whose scopes are separated by commas has one scope, which nobody asks for', async () => {
    const token = await tokenOf(system.issuer, { subject: 'eve', scopes: ['a,order-summary:read,order:read'], claims: { tenant: 'acme' } });
    expect(await system.send('/order-summary/1', { token })).toMatchObject({ status: 403 });
  });

  test('without the scope of a command does not send it under another spelling', async () => {
    for (const command of [
      'CancelOrder',
      '%43ancelOrder',
      'CancelOrder%20',
      'cancelorder',
      'CancelOrder/',
      'CancelOrder%2f',
      '__proto__',
      'constructor',
    ]) {
      const answer = await system.send(`/order/1/${command}`, { token: mallory, body: { reason: 'mallory' } });
      expectHarmless(answer);
      expect([400, 403, 404, 405]).toContain(answer.status);
    }
    expect((await system.send('/streams/order/1/state', { token: alice })).body.state.status).not.toBe('cancelled');
  });
});

describe('an idempotency key', () => {
  test('that is the id of a command of a saga changes nothing for the saga', async () => {
    await system.send('/stock/tea/ReceiveStock', { token: alice, body: { quantity: 1 } });
    const order = '/order/guessed';
    expect(await system.send(`${order}/PlaceOrder`, { token: alice, body: { ...placement, fulfilledBy: 'marketplace' } })).toMatchObject({
      status: 200,
    });
    const execution = executionName('fulfilment', 'acme/order-guessed@1');
    for (const [path, step, body] of [
      [`${order}/ApproveOrder`, 'ApproveOrder', { approvedAt: '2020-01-01T00:00:00Z' }],
      ['/stock/tea/ReceiveStock', 'ReserveStock', { quantity: 1 }],
    ] as const) {
      const answer = await system.send(path, { token: mallory, body, headers: { 'idempotency-key': `${execution}/${step}/0` } });
      expect(answer.status).toBeLessThan(500);
    }
    const saga = await until(
      () => system.send('/sagas/fulfilment/guessed', { token: operator }),
      ({ body }) => !['pending', 'running'].includes(body?.status ?? 'pending'),
    );
    expect(saga.body).toMatchObject({ status: 'completed', undone: {} });
    const { body } = await system.send('/streams/payment/guessed', { token: alice });
    expect(body.items.map(({ type }: { readonly type: string }) => type)).toEqual(['PaymentRequested', 'PaymentReceived']);
  });

  test('of another client is a key of its own: it answers nothing of the other, and blocks nothing', async () => {
    const receive = (token: string, key: string, quantity: number) =>
      system.send('/stock/keys/ReceiveStock', { token, body: { quantity }, headers: { 'idempotency-key': key } });
    expect((await receive(alice, 'k-1', 1)).body).toMatchObject({ version: 1 });
    const replay = await receive(mallory, 'k-1', 1);
    expect(replay.body).toMatchObject({ version: 2 });
    expect(replay.headers).not.toHaveProperty('idempotent-replayed');
    expect((await receive(mallory, 'k-2', 9)).status).toBe(200); // Before alice uses it.
    expect((await receive(alice, 'k-2', 1)).body).toMatchObject({ version: 4 });
  });

  test.each(['a,b', '', 'é', 'x'.repeat(129), 'a b'])('that is malformed is refused: %j', async (key) => {
    const answer = await system.send('/stock/keys/ReceiveStock', {
      ...{ token: alice, body: { quantity: 1 } },
      headers: { 'idempotency-key': Buffer.from(key).toString('latin1') },
    });
    expect(key === '' ? 400 : answer.status).toBe(400);
    expectHarmless(answer);
  });
});

describe('a cursor', () => {
  const list = (cursor: string, token = alice, query = `customerId=${secret}&limit=1`) =>
    system.send(`/order-summary?${query}&cursor=${encodeURIComponent(cursor)}`, { token });
  const own = async (): Promise<string> => (await system.send(`/order-summary?customerId=${secret}&limit=1`, { token: alice })).body.cursor;
  const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test.each<[string, () => string | Promise<string>]>([
    ['made up', () => made({ key: 'acme/1', version: 1 })],
    ['with an empty key', () => made({ key: '' })],
    ['with a sort of another type', () => made({ key: 'acme/1', placedAt: 7, customerId: secret })],
    ['that is a list', () => made([1, 2])],
    ['that is null', () => made(null)],
    ['that is no base64', () => '***'],
    ['that is very long', () => 'A'.repeat(5000)],
    ['altered in its last letter', async () => (await own()).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['cut', async () => (await own()).slice(0, -8)],
    ['continued', async () => `${await own()}AAAA`],
  ])('%s is 400', async (_, cursor) => {
    const answer = await list(await cursor());
    expect(answer).toMatchObject({ status: 400, body: { code: 'InvalidCursor' } });
    expectHarmless(answer);
  });

  test('of another list, or of another tenant, is 400', async () => {
    const cursor = await own();
    expect((await list(cursor)).status).toBe(200);
    expect(await list(cursor, alice, 'customerId=somebody&limit=1')).toMatchObject({ status: 400, body: { code: 'InvalidCursor' } });
    const foreign = await list(cursor, eve);
    expect(foreign).toMatchObject({ status: 400, body: { code: 'InvalidCursor' } });
    expectHarmless(foreign);
    expect(await system.send(`/parked/order-summary?cursor=${encodeURIComponent(cursor)}`, { token: operator })).toMatchObject({
      status: 400,
    });
  });
});

describe('a path', () => {
  const spellings = [
    ...['/streams/customer/alice', '/streams/customer/acme%2falice', '/streams/customer/acme/alice', '/streams/acme/customer/alice'],
    ...[
      '/streams/acme%2fcustomer/alice',
      '/streams/customer/..%2facme%2falice',
      '/streams/customer/%2e%2e/acme/alice',
      '/streams//customer/alice',
    ],
    ...[
      '//streams/customer/alice',
      '/streams/customer/alice/',
      '/streams/customer/alice%00',
      '/streams/customer/alice%0a',
      '/streams/customer/%c0%afalice',
    ],
    ...[
      '/streams/customer/%ff',
      '/streams/customer/%',
      '/streams/customer/%zz',
      '/streams/customer/acme%252falice',
      '/streams/customer/acme∕alice',
    ],
    ...[
      '/Streams/customer/alice',
      '/STREAMS/CUSTOMER/alice',
      '/streams/Customer/alice',
      '/streams/customer/alice;a=b',
      '/streams/customer/alice?tenant=acme',
    ],
    ...[
      '/streams/__proto__/alice',
      '/streams/constructor/alice',
      '/streams/customer/__proto__',
      '/streams/customer/constructor',
      '/streams/customer/toString',
    ],
    ...[
      '/order-summary/acme%2f1',
      '/order-summary/acme/1',
      '/order-summary/stream%23acme%2forder-1',
      '/order-summary/..%2f1',
      '/order-summary/__proto__',
    ],
    ...[
      '/__proto__/1',
      '/constructor/1',
      '/hasOwnProperty',
      '/order-summary/1%00',
      '/order-summary/%F0%9F%92%A9',
      '/sagas/fulfilment/acme%2f1',
    ],
    ...[
      '/sagas/fulfilment/acme%2forder-guessed%401',
      '/sagas/__proto__/1',
      '/parked/__proto__',
      '/parked/acme%2forder-summary',
      '/streams/system/x',
      '/.env',
    ],
    ...[
      '/streams/customer/alice/state?version=1',
      '/streams/customer/alice/published',
      `/${'a/'.repeat(200)}`,
      `/order-summary/${'x'.repeat(4000)}`,
    ],
  ];

  test.each(spellings.map((path) => [path.slice(0, 60), path]))('%s shows another tenant nothing', async (_, path) => {
    for (const method of ['GET', 'POST', 'DELETE', 'PUT'])
      expectHarmless(
        await system.send(Buffer.from(path).toString('latin1'), { method, token: eve, ...(method === 'POST' ? { body: {} } : {}) }),
      );
  });

  test.each(
    [
      '?limit=-1',
      '?limit=1e3',
      '?limit=',
      '?limit=101',
      '?sort=__proto__',
      '?sort=key&from=%00',
      '?customerId=a&customerId=b',
      '?customerId[]=a',
      '?customerId=%ff',
      '?from=9999999999999999999999',
      '?order=drop',
      '?tenant%2fcustomerId=acme',
      '?customerId=a-secret-of-acme&tenant=acme',
      `?customerId=${'x'.repeat(3000)}`,
    ].map((query) => [query.slice(0, 60), query]),
  )('of a list with the query %s shows another tenant nothing', async (_, query) => {
    expectHarmless(await system.send(`/order-summary${query}`, { token: eve }));
  });
});

describe('a body', () => {
  const place = (body: string | Buffer, more: Readonly<Record<string, string>> = {}) =>
    system.send(`/order/odd-${randomBytes(6).toString('hex')}/PlaceOrder`, { token: eve, body, headers: more });
  const withCustomer = (text: string) => `{"customerId":${text},"lines":[${JSON.stringify(line)}]}`;

  test.each<[string, string | Buffer, Readonly<Record<string, string>>?]>([
    ['deeply nested', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['deeply nested objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['a long number', withCustomer('9'.repeat(500_000))],
    ['an endless number', `{"customerId":"a","lines":[{"productId":"t","sellerId":"b","priceCents":1e999,"freightCents":0}]}`],
    ['a lone surrogate', withCustomer('"\\ud800"')],
    ['no UTF-8', Buffer.from(withCustomer('"caf\xe9"'), 'latin1')],
    ['a zero byte', '\u0000'],
    ['not JSON', '{customerId: 1}'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['form data', 'customerId=x', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['compressed', Buffer.from([0x1f, 0x8b, 8, 0]), { 'content-encoding': 'gzip' }],
    ['an empty key of a document', withCustomer('""')],
    ['a key of a document that is too long', withCustomer(JSON.stringify('x'.repeat(1025)))],
    ['a key of a document like a checkpoint', withCustomer('"stream#acme/order-1"')],
  ])('with %s is refused, and nothing is recorded', async (_, body, headers = {}) => {
    const answer = await place(body, headers);
    expectHarmless(answer);
    expect([400, 413, 415]).toContain(answer.status);
  });

  test.each<[string, string]>([
    ['__proto__ as a field', `{"__proto__":{"status":"shipped"},${withCustomer('"eve"').slice(1)}`],
    ['__proto__ as an id', withCustomer('"__proto__"')],
    ['markup', withCustomer('"<script>alert(1)</script>"')],
    ['text that looks like a log line', withCustomer('"a\\n{\\"level\\":\\"ERROR\\"}"')],
  ])('with %s is data, and nothing more', async (_, body) => {
    expectHarmless(await place(body));
  });

  test('with a sum past the whole numbers parks its own stream, with the reason, and no document shows a wrong sum', async () => {
    const lines = Array.from({ length: 100 }, () => ({ ...line, priceCents: Number.MAX_SAFE_INTEGER }));
    const answer = await system.send('/order/sum/PlaceOrder', { token: eve, body: { customerId: 'sum', lines } });
    expect(answer.status).toBe(200);
    const parked = await until(
      () => system.send('/parked/order-summary', { token: eve }),
      ({ body }) => body.items.length > 0,
    );
    expect(parked.body.items).toMatchObject([{ eventId: 'other/order-sum@1', error: expect.stringContaining('totalCents') }]);
    expect((await system.send('/order-summary/sum', { token: eve })).status).toBe(404);
  });
});

test('a correlation id stands in a header and a log, so one that could end a line is replaced', async () => {
  for (const id of ['a\tb', 'é', 'x'.repeat(500), '{"a":1} x', '%0d%0aset-cookie: a=b']) {
    const answer = await system.send('/order-summary/1', {
      token: eve,
      headers: { 'x-correlation-id': Buffer.from(id).toString('latin1') },
    });
    expectHarmless(answer);
    expect(answer.headers['x-correlation-id']).toMatch(/^[\x21-\x7e]{1,128}$/);
    expect(answer.headers).not.toHaveProperty('set-cookie');
  }
});

test('a token of a tenant does not see the operators’ lists of another', async () => {
  for (const path of ['/parked/order-summary', '/sagas/fulfilment/guessed', '/sagas/fulfilment/guessed/runs'])
    expectHarmless(await system.send(path, { token: eve }));
  expect(await system.send('/sagas/fulfilment/guessed', { token: mallory })).toMatchObject({ status: 403 });
  expect(await system.send('/parked/order-summary', { token: mallory })).toMatchObject({ status: 403 });
});

test('after all of it nothing is parked, and no function has failed', expectSilence);
