import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { methodsOf, noRouteKey, routeNames, rowOf } from '../../adapters/http/routes.ts';
import { type Door, openDoor } from '../../local/http/door.ts';
import { createGateway } from '../../local/http/gateway.ts';
import { domain } from '../domain/index.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { filled, operationsOf } from './described.ts';
import { placement } from './problems.ts';

// Over HTTP, with the routes that a deployment has: which method a path answers, and how.

const edge = edgeOf(domain, memoryStores());
const operations = operationsOf((await edge.ask('GET /openapi.json')).body);
const got = operations
  .filter(({ method }) => method === 'GET')
  .map(({ path }) => (path === '/order-summary' ? `${path}?customerId=42` : path));

let door: Door;
beforeAll(async () => {
  await edge.send('order', '42', 'PlaceOrder', { ...placement, customerId: '42', fulfilledBy: 'marketplace' });
  await edge.project();
  door = await openDoor({ port: 0 });
  const gateway = createGateway(door, { apiId: 'api', accountId: '1', stage: noRouteKey });
  const invoke = async (event: unknown) =>
    ({ ok: true, requestId: 'r', payload: await edge.handle(event as APIGatewayProxyEventV2) }) as const;
  const keys = routeNames.flatMap((name) => methodsOf(rowOf(name)).map((method) => `${method} ${rowOf(name).path}`));
  for (const key of [...keys, noRouteKey]) gateway.addRoute({ key, target: { invoke, timeoutMilliseconds: 5000 } });
  gateway.open();
});
afterAll(() => door.close());

const send = async (method: string, path: string, headers: Readonly<Record<string, string>> = {}) => {
  const answer = await fetch(door.url + path, { method, headers: { 'x-correlation-id': 'c', ...headers } });
  const ofTheConnection = ['date', 'apigw-requestid', 'connection', 'keep-alive'];
  const rest = Object.fromEntries([...answer.headers].filter(([name]) => !ofTheConnection.includes(name)));
  return { status: answer.status, headers: rest, allow: answer.headers.get('allow'), body: await answer.text() };
};
const codeOf = ({ body }: { readonly body: string }): string => JSON.parse(body).code;

describe('HEAD is GET without the body:', () => {
  test.each(got)('%s', async (path) => {
    const [full, head] = [await send('GET', filled(path)), await send('HEAD', filled(path))];
    expect(head).toEqual({ ...full, body: '' });
    expect(full.body.length).toBeGreaterThan(0);
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(full.body)));
  });

  test('a fresh copy, a problem, and an unknown path', async () => {
    expect(await send('HEAD', '/order-summary/42', { 'if-none-match': '"1"' })).toMatchObject({ status: 304, headers: { etag: '"1"' } });
    expect((await send('HEAD', '/streams/order/42?limit=0')).status).toBe(400);
    expect(await send('HEAD', '/nowhere/to/be/found')).toMatchObject({ status: 404, body: '' });
  });
});

describe('another method is refused, and the answer names the allowed ones:', () => {
  test.each([...got.map((path) => [filled(path), 'GET, HEAD, OPTIONS'] as const), ['/order/42/PlaceOrder', 'POST, OPTIONS'] as const])(
    '%s: %s',
    async (path, allow) => {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !allow.includes(one))) {
        const answer = await send(method, path);
        expect([method, answer.status, answer.allow]).toEqual([method, 405, allow]);
        if (method !== 'HEAD') expect(codeOf(answer)).toBe('MethodNotAllowed');
        expect(answer.headers['content-type']).toBe('application/problem+json');
      }
      expect(await send('OPTIONS', path)).toMatchObject({ status: 204, allow, body: '' });
    },
  );

  test.each([
    '/order/42/NoCommand',
    '/nobody/42/PlaceOrder',
    '/nobody',
    '/nobody/42',
    '/streams/nobody/42',
    '/sagas/nobody/42',
    '/parked/nobody',
    '/streams',
    '/console',
    '/constructor/42/toString',
  ])('no method at all at %s', async (path) => {
    for (const method of ['PUT', 'OPTIONS', 'POST'].filter((one) => one !== 'POST' || path.split('/').length !== 4)) {
      const answer = await send(method, path);
      expect([method, answer.status, codeOf(answer)]).toEqual([method, 404, 'UnknownRoute']);
    }
  });

  test('a command to a reserved word does not exist', async () => {
    for (const word of ['queries', 'console', 'subjects']) {
      const answer = await send('POST', `/${word}/42/PlaceOrder`);
      expect([answer.status, codeOf(answer)]).toEqual([404, 'UnknownRoute']);
    }
  });
});

describe('the start page lists the API', () => {
  test('for every caller, and each of its links is described', async () => {
    const guarded = edgeOf(domain, memoryStores(), { auth: 'token', tenantClaim: 'tenant' });
    const { status, body } = await guarded.ask('GET /');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'Foldstream',
      links: { openapi: '/openapi.json', asyncapi: '/asyncapi.json', health: '/health' },
      aggregates: { order: { command: '/order/{id}/{command}', stream: '/streams/order/{id}' } },
      projections: { 'order-summary': { document: '/order-summary/{key}', documents: '/order-summary', parked: '/parked/order-summary' } },
      sagas: { fulfilment: { saga: '/sagas/fulfilment/{id}' } },
    });
    expect(Object.keys(body.aggregates)).toEqual(domain.deciders.map(({ name }) => name));
    for (const path of Object.values(body.links)) expect(operations.map((one) => one.path)).toContain(path);
  });

  test('the name is that of the description', async () => {
    expect((await edge.ask('GET /')).body.name).toBe((await edge.ask('GET /openapi.json')).body.info.title);
  });
});
