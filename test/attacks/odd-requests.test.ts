import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { until } from './attacked-system.ts';
import { expectHarmless, expectSilence, line, openWorld, type World } from './world.ts';

jest.setTimeout(120_000);

// Odd requests to a running service. None shows another tenant anything, none is answered with 5xx.

let world: World;
let system: World['system'];
let eve: string;
beforeAll(async () => {
  world = await openWorld();
  ({ system, eve } = world);
});
afterAll(async () => {
  await system?.stop();
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

  test.each<[string, string, object]>([
    ['e-mail address', '/customer/slow/RegisterCustomer', { name: 'eve', email: `a@${'a.'.repeat(450_000)}` }],
    ['e-mail address of one letter', '/customer/slow/RegisterCustomer', { name: 'eve', email: 'a'.repeat(900_000) }],
    ['reason', '/order/slow/CancelOrder', { reason: 'a'.repeat(900_000) }],
    ['number of lines', '/order/slow/PlaceOrder', { customerId: 'eve', lines: Array.from({ length: 9000 }, () => line) }],
  ])('with a huge %s is refused in a moment', async (_, path, body) => {
    const begun = performance.now();
    const answer = await system.send(path, { token: eve, body });
    expectHarmless(answer);
    expect(answer.status).toBe(400);
    expect(performance.now() - begun).toBeLessThan(5000);
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

test('text that compresses to a thousandth is read one commit at a time', async () => {
  const bodies = Array.from({ length: 12 }, (_, index) => ({ name: 'x'.repeat(1_000_000), email: `bomb-${index}@example.org` }));
  for (const [index, body] of bodies.entries())
    expect((await system.send(`/customer/bomb-${index}/RegisterCustomer`, { token: eve, body })).status).toBe(200);
  for (const path of ['/streams/customer/bomb-0', '/streams/customer/bomb-11/state', '/streams/customer/bomb-5/published'])
    expect(await system.send(path, { token: eve })).toMatchObject({ status: 200 });
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

test('after all of it nothing is parked, and no function has failed', () => expectSilence(world));
