import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { scopesOf } from '../../core/registry/access.ts';
import { defineDomain } from '../../core/registry/domain.ts';
import { domain } from '../domain/index.ts';
import { order } from '../domain/order/decider.ts';
import { propertiesOf, synthesize } from '../stack/synthesize.ts';
import { edgeOf } from '../support/read-edge.ts';
import type { Asked } from '../support/read-lambda.ts';
import { memoryStores } from '../support/read-taps.ts';
import { placement } from './problems.ts';

let edge: ReturnType<typeof edgeOf>;
beforeEach(async () => {
  edge = edgeOf(domain, memoryStores(), { auth: 'token' });
});
afterEach(() => {
  jest.restoreAllMocks();
});

const bearer = (scope: string, claims: Readonly<Record<string, string>> = {}) => ({ claims: { sub: 'ada', scope, ...claims } });
const command = (type: string, body: unknown): Asked => ({ params: { aggregate: 'order', id: '42', command: type }, body });
const inOrders = { params: { aggregate: 'order', id: '42' } };

/** Every route of the API, what it is asked here, and the scope that it takes. */
const routes: readonly (readonly [route: string, scope: string, asked: Asked])[] = [
  ['POST /{aggregate}/{id}/{command}', 'order:write', command('PlaceOrder', placement)],
  ['POST /{aggregate}/{id}/{command}', 'order:cancel', command('CancelOrder', { reason: 'late' })],
  ['GET /{projection}/{key}', 'order-summary:read', { params: { projection: 'order-summary', key: '42' } }],
  ['GET /{projection}', 'order-summary:read', { params: { projection: 'order-summary' }, query: { customerId: 'cleo' } }],
  ['GET /streams/{aggregate}/{id}', 'order:read', inOrders],
  ['GET /streams/{aggregate}/{id}/state', 'order:read', inOrders],
  ['GET /streams/{aggregate}/{id}/published', 'order:read', inOrders],
  ['GET /parked/{projection}', 'operations:read', { params: { projection: 'order-summary' } }],
  ['GET /sagas/{saga}/{id}', 'operations:read', { params: { saga: 'fulfilment', id: '42' } }],
  ['GET /sagas/{saga}/{id}/runs', 'operations:read', { params: { saga: 'fulfilment', id: '42' } }],
];
const open = ['GET /', 'GET /openapi.json', 'GET /asyncapi.json', 'GET /health', '$default'];
const head = (route: string): string => route.replace('GET ', 'HEAD ');

test('these are all the routes that there are', () => {
  const deployed = propertiesOf(synthesize(), 'AWS::ApiGatewayV2::Route').map(({ RouteKey }) => RouteKey);
  const tried = [...routes.map(([route]) => route), ...open];
  expect(new Set([...tried, ...tried.map(head)])).toEqual(new Set(deployed));
});

const withHead = [...routes, ...routes.map(([route, scope, asked]) => [head(route), scope, asked] as const)];
describe.each(withHead)('%s with %s', (route, scope, asked) => {
  test('without a token is 401', async () => {
    expect(await edge.ask(route, asked)).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: { code: 'Unauthorized' },
    });
    expect(edge.writes).toEqual([]);
  });

  test('with every other scope is 403, which names the one that is missing', async () => {
    const others = scopesOf(domain).filter((one) => one !== scope);
    const reply = await edge.ask(route, { ...asked, ...bearer([...others, scope.slice(0, -1), `${scope}s`].join(' ')) });
    expect(reply).toMatchObject({ status: 403, body: { code: 'Forbidden' } });
    expect(reply.headers['www-authenticate']).toBe(`Bearer error="insufficient_scope", scope="${scope}"`);
    expect(edge.writes).toEqual([]);
  });

  test.each([
    ['scope', { scope: `openid ${scope}` }],
    ['a list in scp', { scp: `[openid ${scope}]` }],
  ])('with it, in %s, is let in', async (_, claims) => {
    const { status } = await edge.ask(route, { ...asked, claims: { sub: 'ada', ...claims } });
    expect([200, 404, 409]).toContain(status); // What the domain says, then.
  });
});

test.each(['a,SCOPE', 'SCOPE,a', 'a\tSCOPE', 'a\nSCOPE', 'SCOPE;a'])(
  'the scopes of a token are parted by spaces only: not %j',
  async (text) => {
    const [route, scope, asked] = routes[2] as (typeof routes)[number];
    const [one, list] = [text.replace('SCOPE', scope), `[${text.replace('SCOPE', scope)}]`];
    for (const claims of [{ scope: one, scp: '' }, { scp: list }] as readonly Readonly<Record<string, string>>[])
      expect(await edge.ask(route, { ...asked, claims: { sub: 'ada', ...claims } })).toMatchObject({
        status: 403,
        body: { code: 'Forbidden' },
      });
  },
);

test.each([...open, ...open.map(head)])('%s asks for no token', async (route) =>
  expect([200, 404]).toContain((await edge.ask(route)).status),
);

test('a route that nobody gave a scope lets nobody in', async () => {
  const reply = await edge.ask('GET /secrets/{id}', { params: { id: '1' }, ...bearer(scopesOf(domain).join(' ')) });
  expect(reply).toMatchObject({ status: 403, body: { code: 'Forbidden' } });
});

describe('the actor', () => {
  const actorAfter = async (claims: Readonly<Record<string, string>>) => {
    const scope = 'order:write order:read';
    await edge.ask('POST /{aggregate}/{id}/{command}', { ...command('PlaceOrder', placement), claims: { scope, ...claims } });
    const { body } = await edge.ask('GET /streams/{aggregate}/{id}', { ...inOrders, ...bearer(scope) });
    return body.items?.[0].metadata.actor;
  };

  test('is the subject of the token, and stored with the commit', async () => expect(await actorAfter({ sub: 'user|7' })).toBe('user|7'));
  test('is the client, where it acts for nobody', async () => expect(await actorAfter({ client_id: 'shop' })).toBe('shop'));
  test('is in the token: a token without a subject is refused', async () => expect(await actorAfter({})).toBeUndefined());
  test('never comes from the request', async () => {
    const headers = { 'x-actor': 'mallory', actor: 'mallory' };
    const body = { ...placement, actor: 'mallory' };
    const asked = { ...command('PlaceOrder', body), headers, query: { actor: 'mallory' }, ...bearer('order:write order:read') };
    await edge.ask('POST /{aggregate}/{id}/{command}', asked);
    const stream = await edge.ask('GET /streams/{aggregate}/{id}', { ...inOrders, ...bearer('order:read') });
    expect(stream.body.items[0].metadata.actor).toBe('ada');
    expect(JSON.stringify(stream.body)).not.toContain('mallory');
  });
});

describe('the tenant, where there are any,', () => {
  const everything = scopesOf(domain).join(' ');
  const ask = (claims: Readonly<Record<string, string>>, [route, , asked]: (typeof routes)[number], tenantClaim = 'tenant') =>
    edgeOf(domain, memoryStores(), { auth: 'token', tenantClaim }).ask(route, {
      ...asked,
      claims: { sub: 'ada', scope: everything, ...claims },
    });

  test.each(routes)('is asked for by %s with %s: without the claim, or with one that can be none, it is 403', async (...route) => {
    const none = ['', ' ', 'a/b', 'operator', '[a b]', '../a', '-a', 'x'.repeat(65)].map((tenant) => ({ tenant }));
    const wrong: readonly Readonly<Record<string, string>>[] = [{}, { Tenant: 'a' }, { tenants: 'a' }, ...none];
    for (const claims of wrong) {
      const asked = { ...route[2], headers: { tenant: 'a', 'x-tenant': 'a' }, query: { ...route[2].query, tenant: 'a' } };
      const reply = await ask(claims, [route[0], route[1], asked]);
      expect(reply).toMatchObject({
        status: 403,
        body: { code: 'Forbidden', detail: "the token's claim 'tenant' does not name a tenant" },
      });
    }
    expect([200, 404, 409]).toContain((await ask({ tenant: 'a' }, route)).status);
  });

  test('comes from the claim that the stage names', async () => {
    const [route] = routes as [(typeof routes)[number]];
    expect((await ask({ 'custom:tenant': 'a' }, route, 'custom:tenant')).status).toBe(200);
    expect((await ask({ tenant: 'a' }, route, 'custom:tenant')).status).toBe(403);
    expect((await ask({ tenant: 'a' }, route, 'constructor')).status).toBe(403);
  });

  test('cannot be guessed by an open API: it lets nobody in', async () => {
    const open = edgeOf(domain, memoryStores(), { auth: 'none', tenantClaim: 'tenant' });
    for (const [route, , asked] of routes) expect((await open.ask(route, asked)).status).toBe(401);
  });

  test('is in what is recorded, and not in what a command answers', async () => {
    const { ask: send } = edgeOf(domain, memoryStores(), { auth: 'token', tenantClaim: 'tenant' });
    const claims = { sub: 'ada', scope: everything, tenant: 'acme' };
    const { body } = await send('POST /{aggregate}/{id}/{command}', { ...command('PlaceOrder', placement), claims });
    expect(body).toEqual({ aggregate: 'order', id: '42', version: 1, events: [{ type: 'OrderPlaced', version: 1 }], token: 'order-42@1' });
    const stream = await send('GET /streams/{aggregate}/{id}', { ...inOrders, claims });
    expect(stream.body.items[0].metadata).toMatchObject({ tenant: 'acme', eventId: 'acme/order-42@1' });
    const key = { params: { projection: 'order-summary', key: '42' }, claims };
    expect((await send('GET /{projection}/{key}', { ...key, headers: { 'read-after': body.token } })).status).toBe(200);
    for (const token of ['acme/order-42@1', 'other/order-42@1', '/order-42@1', 'a/b/order-42@1'])
      expect((await send('GET /{projection}/{key}', { ...key, headers: { 'read-after': token } })).status).toBe(400);
  });

  test('is told of by the description of the API, and of what is published', async () => {
    const { ask: get } = edgeOf(domain, memoryStores(), { auth: 'token', tenantClaim: 'custom:tenant' });
    const { components } = (await get('GET /openapi.json')).body;
    expect(components.securitySchemes.token.description).toContain("'custom:tenant'");
    const { Envelope } = (await get('GET /asyncapi.json')).body.components.schemas;
    expect(Envelope).toMatchObject({ properties: { tenant: { type: 'string' } }, required: expect.arrayContaining(['tenant']) });
    expect(JSON.stringify((await edge.ask('GET /asyncapi.json')).body)).not.toContain('tenant');
  });
});

test.each(['', 'order write', 'a"b', 'ü', 'x'.repeat(129)])('%j cannot be a scope of the domain', (scope) =>
  expect(() => defineDomain({ deciders: [{ ...order, scopes: { CancelOrder: scope } }], projections: [] })).toThrow('cannot be a scope'),
);

test('a scope for what is no command is a mistake', () =>
  expect(() => defineDomain({ deciders: [{ ...order, scopes: { CancelOrders: 'x' } }], projections: [] })).toThrow(
    "'CancelOrders', which is no command",
  ));

test('every answer, an error too, says that it is data for its caller alone', async () => {
  for (const { headers } of [await edge.ask('GET /health'), await edge.ask('$default')]) {
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
    });
  }
});

test('the API describes what each request needs', async () => {
  const { paths, components } = (await edge.ask('GET /openapi.json')).body;
  expect(components.securitySchemes.token).toEqual({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' });
  const { '/': start, '/health': health, '/openapi.json': openapi, '/asyncapi.json': asyncapi, ...others } = paths;
  for (const { get } of [start, health, openapi, asyncapi]) expect(get).not.toHaveProperty('security');
  for (const { get, post } of Object.values<Record<string, { security?: unknown; responses: object }>>(others)) {
    expect((get ?? post)?.security).toEqual([{ token: [expect.stringMatching(/^[\w-]+:\w+$/)] }]);
    expect((get ?? post)?.responses).toHaveProperty('403');
  }
  expect(paths['/order/{id}/CancelOrder'].post.security).toEqual([{ token: ['order:cancel'] }]);
  for (const path of ['/sagas/fulfilment/{id}', '/parked/order-summary'])
    expect(paths[path].get.security).toEqual([{ token: ['operations:read'] }]);
});
