import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { routeNames, rowOf } from '../../adapters/http/routes.ts';
import { scopesOf } from '../../core/registry/access.ts';
import { propertiesOf, synthesize } from '../stack/synthesize.ts';
import { handlerOn } from '../support/handling.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { newStream, request } from '../support/requests.ts';
import { add, tally } from '../support/tally.ts';
import { tenantDomain } from '../support/tenant-domain.ts';

// A tenant has a quota in each process of the API. What one tenant sends takes nothing from another.

let seconds: number;
let stores: ReturnType<typeof memoryStores>;
beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => {});
  seconds = 0;
  const now = () => new Date(Date.UTC(2026, 0, 1) + seconds * 1000);
  stores = { ...memoryStores(now), now };
});

const [decider] = tenantDomain.deciders;
const scope = scopesOf(tenantDomain).join(' ');
const claimsOf = (tenant: string) => ({ claims: { sub: 'ada', tenant, scope } });
const access = { auth: 'token', tenantClaim: 'tenant' } as const;
const edgeWith = (quota?: { readonly perSecond: number; readonly burst: number }) =>
  edgeOf(tenantDomain, stores, { ...access, ...(quota === undefined ? {} : { quota }) });
const stream = { params: { aggregate: decider?.name ?? '', id: '1' } };
const reading = 'GET /streams/{aggregate}/{id}';

describe('a tenant with a quota of 2 a second and a burst of 3', () => {
  const quota = { perSecond: 2, burst: 3 };
  const askAs = (edge: ReturnType<typeof edgeWith>, tenant: string) => edge.ask(reading, { ...stream, ...claimsOf(tenant) });

  test('gets 429 beyond it, as a problem, with the seconds to wait; and is admitted after them', async () => {
    const edge = edgeWith(quota);
    for (let admitted = 0; admitted < 3; admitted++) expect((await askAs(edge, 'acme')).status).toBe(404);
    const { status, headers, body } = await askAs(edge, 'acme');
    expect({ status, headers }).toMatchObject({ status: 429, headers: { 'retry-after': '1', 'content-type': 'application/problem+json' } });
    expect(body).toEqual({
      ...{ type: 'about:blank', title: 'Too Many Requests', status: 429, code: 'TooManyRequests' },
      ...{ detail: 'the tenant sends more requests than its quota allows', correlationId: expect.any(String) },
    });
    seconds += Number(headers['retry-after']);
    expect((await askAs(edge, 'acme')).status).toBe(404);
  });

  test("cannot use up another tenant's quota, however much it sends", async () => {
    const edge = edgeWith(quota);
    const flood = await Promise.all(Array.from({ length: 500 }, () => askAs(edge, 'acme')));
    expect(flood.filter(({ status }) => status !== 429)).toHaveLength(3);
    for (const other of ['acme2', 'Acme', 'acm', '__proto__', 'beta']) {
      const statuses = [];
      for (let again = 0; again < 4; again++) statuses.push((await askAs(edge, other)).status);
      // A name that is no tenant's is refused before it has a bucket.
      expect(statuses).toEqual(statuses[0] === 403 ? [403, 403, 403, 403] : [404, 404, 404, 429]);
    }
  });

  test('shares it among its callers', async () => {
    const edge = edgeWith({ perSecond: 1, burst: 1 });
    expect((await askAs(edge, 'acme')).status).toBe(404);
    const other = { claims: { ...claimsOf('acme').claims, sub: 'bob' } };
    expect((await edge.ask(reading, { ...stream, ...other })).status).toBe(429);
  });

  test('does not pay for requests without its token, or without the scope', async () => {
    const edge = edgeWith({ perSecond: 1, burst: 1 });
    const forged = { claims: { sub: 'eve', tenant: 'acme', scope: 'nothing:read' } };
    for (let again = 0; again < 5; again++) expect((await edge.ask(reading, { ...stream, ...forged })).status).toBe(403);
    for (let again = 0; again < 5; again++) expect((await edge.ask(reading, stream)).status).toBe(401);
    expect((await askAs(edge, 'acme')).status).toBe(404);
  });

  test('executes nothing beyond it', async () => {
    const edge = edgeWith({ perSecond: 1, burst: 1 });
    await askAs(edge, 'acme');
    const commands = {
      params: { aggregate: decider?.name ?? '', id: '1', command: Object.keys(decider?.commands ?? {})[0] ?? '' },
      body: {},
    };
    const send = () => edge.ask('POST /{aggregate}/{id}/{command}', { ...commands, ...claimsOf('acme') });
    await send(); // The function of commands is another process.
    expect((await send()).status).toBe(429);
    expect(edge.writes.length).toBeLessThanOrEqual(1);
  });
});

test.each(routeNames.map((name) => [name]))('the route %s has a quota, if it knows a tenant', async (name) => {
  const { method, path } = rowOf(name);
  const edge = edgeWith({ perSecond: 1, burst: 1 });
  const params = {
    aggregate: decider?.name ?? '',
    id: '1',
    command: 'Any',
    projection: tenantDomain.projections[0]?.name ?? '',
    key: '1',
    saga: 'any',
  };
  const isOpen = rowOf(name).scope === rowOf('health').scope;
  const wide = { sub: 'ada', tenant: 'acme', scope: `${scope} operations:read` };
  const ask = () =>
    edge.ask(`${method} ${path}`, { params, body: method === 'POST' ? {} : undefined, ...(isOpen ? {} : { claims: wide }) } as never);
  await ask();
  const { status } = await ask();
  if (isOpen) expect(status).not.toBe(429);
  else expect(status).toBe(429);
});

test('without a quota nothing is limited', async () => {
  const edge = edgeWith();
  const all = await Promise.all(Array.from({ length: 300 }, () => edge.ask(reading, { ...stream, ...claimsOf('acme') })));
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set([404]));
});

test('the commands of the service itself, such as those of sagas, have no quota: they do not come over HTTP', async () => {
  const edge = edgeWith({ perSecond: 1, burst: 1 });
  for (let again = 0; again < 3; again++) await edge.ask(reading, { ...stream, ...claimsOf('acme') });
  const handle = handlerOn(stores.eventStore);
  for (let again = 0; again < 20; again++) await handle(tally, { ...newStream(), tenant: 'acme' }, request(add(1)));
});

test('OpenAPI says so on the routes that know a tenant, and only with a quota', async () => {
  for (const quota of [undefined, { perSecond: 1, burst: 1 }]) {
    const { body } = await edgeWith(quota).ask('GET /openapi.json');
    const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.values(methods as object).map((operation) => ({ path, operation })),
    );
    for (const { operation } of operations) {
      const isGuarded = operation.security !== undefined;
      expect(operation.responses['429'] !== undefined).toBe(isGuarded && quota !== undefined);
      if (operation.responses['429']) expect(operation.responses['429'].headers['retry-after']).toBeDefined();
    }
    expect(operations.length).toBeGreaterThan(5);
  }
});

describe('the setting', () => {
  const settings = { tenantClaim: 'tenant' };
  const environments = (more: object) =>
    propertiesOf(synthesize(undefined, { ...settings, ...more }), 'AWS::Lambda::Function').map(
      ({ Environment }) => Environment?.Variables?.TENANT_QUOTA,
    );

  test('reaches the three functions that serve HTTP; a burst is two seconds of requests', () => {
    expect(environments({ tenantRequestsPerSecond: '50' }).filter(Boolean)).toEqual(Array(3).fill('{"perSecond":50,"burst":100}'));
    expect(environments({ tenantRequestsPerSecond: 50, tenantRequestBurst: 7 }).filter(Boolean)).toEqual(
      Array(3).fill('{"perSecond":50,"burst":7}'),
    );
  });

  test('is absent without it', () => {
    expect(environments({}).filter(Boolean)).toEqual([]);
  });

  test.each([
    [{ tenantClaim: undefined, tenantRequestsPerSecond: 50 }, /tenantRequestsPerSecond: 50 needs -c tenantClaim=…/],
    [{ tenantClaim: undefined, tenantRequestBurst: 50 }, /needs -c tenantClaim=…/],
    [{ tenantRequestBurst: 50 }, /tenantRequestBurst: 50 needs -c tenantRequestsPerSecond=…/],
    [{ tenantRequestsPerSecond: 0 }, /tenantRequestsPerSecond/],
  ])('is refused where it means nothing: %j', (more, message) => {
    expect(() => environments(more)).toThrow(message);
  });
});
