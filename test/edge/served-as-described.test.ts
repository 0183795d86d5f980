import { beforeEach, describe, expect, test } from '@jest/globals';
import { type RouteName, routeNames, rowOf, type TakenBy } from '../../adapters/http/routes.ts';
import { memoryPointers } from '../../adapters/read-models/memory-pointers.ts';
import { Unavailable } from '../../core/basics/errors.ts';
import { domain } from '../domain/index.ts';
import { orderSummary } from '../domain/order/summary.ts';
import { edgeOf, type Reply } from '../support/read-edge.ts';
import type { Asked } from '../support/read-lambda.ts';
import { memoryStores } from '../support/read-taps.ts';
import { callOf, describedHeaders, filled, type Json, type Operation, operationsOf } from './described.ts';
import { placement } from './problems.ts';

// What the API serves and what it describes are compared in both directions: an answer, a header or a parameter that only one of the
// two knows fails here.

const api: Json = (await edgeOf(domain, memoryStores()).ask('GET /openapi.json')).body;
const operations = operationsOf(api);
const operationOf = (name: string): Operation => operations.find((one) => one.name === name) as Operation;

/** What has been answered: statuses by route, and headers by route. */
const statuses = new Map<RouteName, Set<number>>();
const sentHeaders = new Map<RouteName, Set<string>>();
const noted = <T>(by: Map<RouteName, Set<T>>, route: RouteName): Set<T> =>
  by.get(route) ?? by.set(route, new Set()).get(route) ?? new Set();

let stores: ReturnType<typeof memoryStores>;
let edge: ReturnType<typeof edgeOf>;
const parked = { stream: 'order-43', eventId: 'order-43@2', error: 'no', parkedAt: '2026-01-01T00:00:00.000Z' };
beforeEach(async () => {
  stores = memoryStores();
  edge = edgeOf(domain, stores);
  for (const id of ['42', '43']) {
    for (const one of domain.deciders.filter(({ name }) => name !== 'order')) await begin(one.name, id);
    await edge.send('order', id, 'PlaceOrder', { ...placement, customerId: '42', fulfilledBy: 'marketplace' });
    await edge.send('order', id, 'ApproveOrder');
  }
  await edge.project();
  const row = await stores.readModels.get(orderSummary, '43', 'strong');
  await stores.readModels.write(orderSummary, [{ key: '43', tenant: undefined, from: row.version, next: { ...row, parked } }]);
});

/** Whichever command begins a stream of it, if any does with these data. */
const begin = async (aggregate: string, id: string): Promise<void> => {
  const bodies = [{ name: 'Ada', email: `ada${id}@example.com` }, { amountCents: 5 }, { quantity: 5 }, { units: 5 }, {}];
  const commands = Object.keys(domain.deciders.find(({ name }) => name === aggregate)?.commands ?? {});
  for (const command of commands) for (const body of bodies) if ((await edge.send(aggregate, id, command, body)).status === 200) return;
};

/** Asks an operation; every header and status that it answers with must be described. */
const askOf = async (one: Operation, asked: Asked = {}, path = filled(one.path), at = edge): Promise<Reply> => {
  const reply = await callOf(at)(one.method, path, asked);
  noted(statuses, one.route).add(reply.status);
  const described = describedHeaders(api, one, reply.status);
  for (const name of Object.keys(reply.headers)) {
    if (!described.has(name)) throw new Error(`${one.name} answers ${reply.status} with ${name}, which is not described`);
    noted(sentHeaders, one.route).add(name);
  }
  return reply;
};

/** What a request to an operation needs before a parameter of it is tried. */
const baseOf = (one: Operation): Readonly<Record<string, string>> => {
  const own = one.parameters.find(({ name }) => !(name in rowOf(one.route).query) && one.route === 'documents');
  return own === undefined ? {} : { [own.name]: '42' };
};

describe('each parameter of a query is honoured, and refused where it cannot be:', () => {
  const texts: Readonly<Record<string, { readonly good?: string; readonly bad: string }>> = {
    from: { good: '2018', bad: '' },
    to: { good: '2999', bad: '' },
    cursor: { bad: 'nonsense' },
    customerId: { good: '42', bad: '' },
    at: { good: '2999-01-01T00:00:00Z', bad: 'tomorrow' },
  };
  const valuesOf = (name: string, { type, enum: words, minimum, maximum }: Json): { good: string[]; bad: string[] } => {
    if (words !== undefined) return { good: words, bad: ['', 'constructor', `${words.join()}x`] };
    if (type === 'integer')
      return { good: [minimum, maximum].map(String), bad: [String(minimum - 1), String(maximum + 1), '1.5', 'x', ''] };
    const { good, bad } = texts[name] as (typeof texts)[string];
    return { good: good === undefined ? [] : [good], bad: [bad] };
  };
  const rows = operations.flatMap((one) =>
    one.parameters
      .filter((parameter) => parameter.in === 'query')
      .map((parameter) => [one.name, parameter.name, parameter.schema] as const),
  );
  test.each(rows)('%s?%s', async (operation, name, schema) => {
    const one = operationOf(operation);
    const { good, bad } = valuesOf(name, schema);
    const base = baseOf(one);
    for (const value of good) expect([value, (await askOf(one, { query: { ...base, [name]: value } })).status]).toEqual([value, 200]);
    for (const value of bad) {
      const { status, body } = await askOf(one, { query: { ...base, [name]: value } });
      expect([value, status]).toEqual([value, 400]);
      expect(JSON.stringify(body).toLowerCase()).toContain(name.toLowerCase());
    }
    if (schema.default === undefined) return;
    const left = await askOf(one, { query: base });
    expect((await askOf(one, { query: { ...base, [name]: String(schema.default) } })).body).toEqual(left.body);
  });

  test('there are parameters of every type', () => expect(new Set(rows.map(([, , { type = 'word' }]) => type)).size).toBe(3));

  test.each(['GET /streams/order/{id}', 'GET /order-summary'])('%s has as many items as it is asked for, in the order', async (name) => {
    const one = operationOf(name);
    const ask = async (query: object) => (await askOf(one, { query: { ...baseOf(one), ...query } })).body.items;
    const items = await ask({});
    expect(items).toHaveLength(2);
    expect(await ask({ limit: '1' })).toEqual(items.slice(0, 1));
    expect(await ask({ order: 'desc' })).toEqual(items.toReversed());
  });

  test('a parameter that a list does not have is refused, and named', async () => {
    const { status, body } = await askOf(operationOf('GET /order-summary'), { query: { customerId: '42', status: 'placed' } });
    expect([status, body.detail]).toEqual([400, expect.stringContaining("not listed by 'status', but by ?customerId=")]);
  });
});

const place = 'POST /order/{id}/PlaceOrder';
const placing = (headers: Readonly<Record<string, string>>, id = 'new', body: unknown = placement) =>
  askOf(operationOf(place), { headers, body }, `/order/${id}/PlaceOrder`);
const looking = (headers: Readonly<Record<string, string>>, key = '42') =>
  askOf(operationOf('GET /order-summary/{key}'), { headers }, `/order-summary/${key}`);

describe('each header of a request is honoured, and refused where it cannot be:', () => {
  /** One that the table takes and that has no proof here does not compile. */
  const proofs: { readonly [R in RouteName]: { readonly [Header in TakenBy<R>]: () => Promise<void> } } = {
    command: {
      'idempotency-key': async () => {
        expect((await placing({ 'idempotency-key': 'a,b' })).status).toBe(400);
        expect((await placing({ 'idempotency-key': 'k' })).headers).not.toHaveProperty('idempotent-replayed');
        expect(await placing({ 'idempotency-key': 'k' })).toMatchObject({
          status: 200,
          headers: { 'idempotent-replayed': 'true', etag: '"1"' },
        });
        expect((await placing({ 'idempotency-key': 'k' }, 'new', { ...placement, customerId: 'dan' })).status).toBe(422);
      },
      'command-version': async () => {
        expect((await placing({ 'command-version': 'two' })).status).toBe(400);
        expect((await placing({ 'command-version': '2' })).body.detail).toBe('Command-Version: PlaceOrder has version 1 only');
        expect((await placing({ 'command-version': '1' })).status).toBe(200);
      },
      'if-match': async () => {
        expect((await placing({ 'if-match': '7' })).status).toBe(400);
        expect((await placing({ 'if-match': '"7"' })).status).toBe(412);
      },
      'if-none-match': async () => {
        expect((await placing({ 'if-none-match': '"7"' })).status).toBe(400);
        expect((await placing({ 'if-none-match': '*' }, '42')).status).toBe(412);
        expect((await placing({ 'if-none-match': '*' })).status).toBe(200);
      },
    },
    document: {
      'read-after': async () => {
        expect((await looking({ 'read-after': 'x' })).status).toBe(400);
        const { token } = (await edge.send('order', '42', 'ShipOrder')).body;
        expect((await looking({})).headers['etag']).toBe('"2"');
        expect((await looking({ 'read-after': token })).headers['etag']).toBe('"3"');
      },
      prefer: async () => {
        let [clock, pauses] = [0, 0];
        const pause = async () => {
          [clock, pauses] = [clock + 400, pauses + 1];
        };
        const patient = edgeOf(domain, { ...stores, now: () => new Date(clock), pause });
        const { token } = (await edge.send('order', '44', 'PlaceOrder', { ...placement, customerId: '42' })).body;
        const one = operationOf('GET /customer-totals/{key}');
        const asked = { headers: { 'read-after': token, prefer: 'wait=1' } };
        expect(await askOf(one, asked, filled(one.path), patient)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
        expect(pauses).toBeGreaterThan(1);
      },
      'if-none-match': async () => {
        expect((await looking({ 'if-none-match': '"1"' })).status).toBe(200);
        expect((await looking({ 'if-none-match': '"2"' })).status).toBe(304);
      },
    },
    webhook: {},
    documents: {
      'read-after': async () => {
        const asked = { query: { customerId: '42' }, headers: { 'read-after': 'order-42@1' } };
        expect((await askOf(operationOf('GET /order-summary'), asked)).status).toBe(400);
      },
    },
    ...{ stream: {}, published: {}, state: {}, parked: {}, saga: {}, runs: {}, openApi: {}, asyncApi: {}, health: {}, start: {} },
  };
  const rows = Object.entries(proofs).flatMap(([route, headers]) =>
    Object.entries(headers).map(([name, prove]) => [route, name, prove] as const),
  );
  test.each(rows)('%s: %s', (_, __, prove) => prove());

  test.each(operations.map(({ name }) => name))('%s: x-correlation-id', async (name) => {
    const { headers } = await askOf(operationOf(name), { headers: { 'x-correlation-id': 'find-me' } });
    expect(headers['x-correlation-id']).toBe('find-me');
  });

  /** The domain of this test has no webhooks: test/kiosk has. */
  const routesOfDomain = routeNames.filter((route) => route !== 'webhook');
  test('they are those that are described', () => {
    const inHeaders = operations.flatMap(({ route, parameters }) =>
      parameters.filter((one) => one.in === 'header').map(({ name }) => `${route} ${name}`),
    );
    // A command with one version does not describe the header: core/write/command-versions.test.ts has one with several.
    const described = rows.filter(([, name]) => name !== 'command-version');
    const proven = [...described.map(([route, name]) => `${route} ${name}`), ...routesOfDomain.map((route) => `${route} x-correlation-id`)];
    expect(new Set(inHeaders)).toEqual(new Set(proven));
  });
});

describe('each answer that is described is given by', () => {
  const withToken = (claims?: Readonly<Record<string, string>>) => ({ ...(claims === undefined ? {} : { claims }) });
  test.each(operations.map(({ name }) => name))('%s: its success, 400, 404 and 503, and 401 and 403 where it has a scope', async (name) => {
    const one = operationOf(name);
    const asked = { query: baseOf(one) };
    await askOf(one, asked);
    await askOf(one, asked, filled(one.path.replace('{id}', 'nowhere').replace('{key}', 'nowhere')));
    await askOf(one, asked, one.path.replaceAll(/\{\w+\}/g, '%20'));
    await askOf(one, asked, filled(one.path), broken());
  });

  test.each([
    [409, () => placing({}, '42')],
    [413, () => placing({}, 'new', 'x'.repeat(1024 * 1024 + 1))],
    [415, () => placing({ 'content-type': 'text/plain' })],
  ])('a command: %i', async (status, ask) => expect((await ask()).status).toBe(status));

  test('a document that a list leaves out says so', async () => {
    const row = await stores.readModels.get(orderSummary, '42', 'strong');
    const next = { ...row, document: { ...row.document, customerId: '' } };
    await stores.readModels.write(orderSummary, [{ key: '42', tenant: undefined, from: row.version, next }]);
    expect((await looking({})).headers['x-unlisted']).toBe('byCustomer');
  });

  test('a document whose stream is parked says so', async () => {
    expect((await looking({}, '43')).headers['x-parked']).toBe('order-43@2');
    const { token } = (await edge.send('order', '43', 'ShipOrder')).body;
    expect(await looking({ 'read-after': token }, '43')).toMatchObject({ status: 409, body: { code: 'Parked', event: 'order-43@2' } });
  });

  test.each(operations.map(({ name }) => name))(
    '%s, where tokens are asked for: 401 and 403, described with their headers',
    async (name) => {
      const guarded = edgeOf(domain, memoryStores(), { auth: 'token' });
      const strict: Json = (await guarded.ask('GET /openapi.json')).body;
      const one = operationsOf(strict).find((other) => other.name === name) as Operation;
      const isOpen = !Object.hasOwn(one.responses, '401');
      for (const [claims, status] of [[undefined, 401] as const, [{ sub: 'ada', scope: 'none' }, 403] as const]) {
        const reply = await callOf(guarded)(one.method, filled(one.path), { query: baseOf(one), ...withToken(claims) });
        expect(reply.status).toBe(isOpen ? 200 : status);
        const described = describedHeaders(strict, one, reply.status);
        expect(Object.keys(reply.headers).filter((header) => !described.has(header))).toEqual([]);
        if (!isOpen) expect(reply.headers).toHaveProperty('www-authenticate');
      }
    },
  );

  test.each(routeNames)('all of them were, and no others, by %s; it has sent all headers that it gives', (route) => {
    const described = operations.filter((one) => one.route === route).flatMap(({ responses }) => Object.keys(responses).map(Number));
    expect([...(statuses.get(route) ?? [])].sort()).toEqual([...new Set(described)].sort());
    expect(rowOf(route).gives.filter((name) => !sentHeaders.get(route)?.has(name))).toEqual([]);
  });
});

/** Nothing behind the API answers. */
const broken = () => {
  const fail = async () => {
    throw new Unavailable('nothing answers');
  };
  const failing = <T extends object>(port: T, ...but: readonly string[]): T =>
    new Proxy(port, { get: (target, name) => (but.includes(String(name)) ? Reflect.get(target, name) : fail) });
  const { eventStore, readModels } = stores;
  return edgeOf(
    domain,
    { ...stores, eventStore: failing(eventStore, 'begin'), readModels: failing(readModels, 'tableOf') },
    { auth: 'none', pointers: failing(memoryPointers()) },
  );
};
