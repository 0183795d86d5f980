import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { executionName } from '../../adapters/sagas/step-functions-sagas.ts';
import { localAudience, localIssuer } from '../../local/issuer.ts';
import { tokenOf, until } from './attacked-system.ts';
import { everything, expectHarmless, expectSilence, openWorld, placement, secret, type World } from './world.ts';

jest.setTimeout(120_000);

// Attacks with tokens, keys and cursors on a running service. Each was tried on an earlier release, and some of them succeeded.

let world: World;
let system: World['system'];
let alice: string;
let mallory: string;
let eve: string;
let operator: string;
beforeAll(async () => {
  world = await openWorld();
  ({ system, alice, mallory, eve, operator } = world);
});
afterAll(async () => {
  await system?.stop();
});

describe('a token', () => {
  const forged = (change: (parts: readonly string[]) => readonly string[]) => change(alice.split('.')).join('.');
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const signed = (claims: object, key: Parameters<SignJWT['sign']>[0] = foreignKey, alg = 'RS256') =>
    new SignJWT({ ...usual(), ...claims }).setProtectedHeader({ alg }).sign(key);
  const now = () => Math.floor(Date.now() / 1000);
  const usual = () => ({
    tenant: 'acme',
    scope: everything.join(' '),
    sub: 'mallory',
    iss: localIssuer,
    aud: localAudience,
    exp: now() + 300,
  });
  const payload = () => JSON.parse(Buffer.from(alice.split('.')[1] ?? '', 'base64url').toString());

  test.each<[string, () => string | Promise<string>]>([
    ['without a signature (alg none)', () => forged(([, data = '']) => [encoded({ alg: 'none' }), data, ''])],
    ['with another payload', () => forged(([head = '', , sign = '']) => [head, encoded({ ...payload(), tenant: 'other' }), sign])],
    ['with a cut signature', () => forged(([head = '', data = '', sign = '']) => [head, data, sign.slice(0, -4)])],
    ['of another key', () => signed({})],
    ['signed with the public key as a secret', () => signed({}, randomBytes(32), 'HS256')],
    ['that is no token', () => 'x'],
    ['that is empty', () => ''],
    ['that has expired', () => signed({ exp: now() - 120 }, system.issuersKey)],
    ['that is not valid yet', () => signed({ nbf: now() + 600 }, system.issuersKey)],
    ['for another audience', () => signed({ aud: 'another-service' }, system.issuersKey)],
    ['of another issuer, with the right key', () => signed({ iss: 'https://evil.example' }, system.issuersKey)],
    ['of another issuer', async () => (await signed({})).replace(/^[^.]*/, encoded({ alg: 'RS256', jku: 'https://evil.example/keys' }))],
  ])('%s opens nothing', async (_, token) => {
    const answer = await system.send('/order-summary/1', { token: await token() });
    expect(answer.status).toBe(401);
    expectHarmless(answer);
  });

  test('with these claims and the right key opens what it should', async () => {
    expect((await system.send('/order-summary/1', { token: await signed({}, system.issuersKey) })).status).toBe(200);
  });

  test.each<[string, unknown]>([
    ['absent', undefined],
    ['empty', ''],
    ['that of operators', 'operator'],
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

test('a token of a tenant does not see the operators’ lists of another', async () => {
  for (const path of ['/parked/order-summary', '/sagas/fulfilment/guessed', '/sagas/fulfilment/guessed/runs'])
    expectHarmless(await system.send(path, { token: eve }));
  expect(await system.send('/sagas/fulfilment/guessed', { token: mallory })).toMatchObject({ status: 403 });
  expect(await system.send('/parked/order-summary', { token: mallory })).toMatchObject({ status: 403 });
});

test('after all of it nothing is parked, and no function has failed', () => expectSilence(world));
