import { Logger } from '@aws-lambda-powertools/logger';
import { afterEach, expect, jest, test } from '@jest/globals';
import { authorization } from '../../adapters/http/authorization.ts';
import { http } from '../../adapters/http/http.ts';
import { NotFound } from '../../core/basics/errors.ts';
import { domain } from '../domain/index.ts';
import { takeLines, unobserved } from '../support/log-lines.ts';
import { type Asked, context, type HttpHandler, httpEvent } from '../support/read-lambda.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const placing = 'POST /{aggregate}/{id}/{command}';
const routes = {
  health: async () => ({ status: 200 }),
  document: async () => ({ status: 404 }),
  openApi: async () => {
    throw new NotFound('NotFound', 'it is not there');
  },
  command: async () => {
    throw new TypeError('a bug', { cause: new Error('its cause') });
  },
};

interface Asking {
  readonly level: 'INFO' | 'WARN';
  readonly isSampled: boolean;
  readonly auth?: 'none' | 'token';
}

/** The lines that an answer leaves. */
const linesOf = async ({ level, isSampled, auth = 'none' }: Asking, route: string, asked: Asked = {}) => {
  const lines = takeLines();
  const observing = { ...unobserved(), logger: new Logger({ logLevel: level }), isSampled: () => isSampled };
  const handler = http(routes, { domain, authorize: authorization({ domain, auth }), observing }) as unknown as HttpHandler;
  await handler(httpEvent(route, asked), context);
  return lines.said();
};

test.each([
  ['WARN', false, []],
  ['WARN', true, ['INFO']],
  ['INFO', false, ['INFO']],
] as const)('at %s, in the sample: %s, a success leaves %j', async (level, isSampled, lines) =>
  expect((await linesOf({ level, isSampled }, 'GET /health')).map((line) => line['level'])).toEqual(lines),
);

test.each([true, false])('a failure always leaves a line; in the sample: %s', async (isSampled) =>
  expect(await linesOf({ level: 'WARN', isSampled }, 'GET /openapi.json')).toMatchObject([
    { level: 'WARN', message: 'it is not there', status: 404, route: 'GET /openapi.json' },
  ]),
);

test('a failure that a route answers itself leaves a line, too', async () =>
  expect(await linesOf({ level: 'WARN', isSampled: false }, 'GET /{projection}/{key}')).toMatchObject([{ level: 'WARN', status: 404 }]));

const command: Asked = { params: { aggregate: 'order', id: '1', command: 'PlaceOrder' }, body: {} };

test('a line has the ids that caused it, the caller, and the place of a bug', async () => {
  const headers = { 'x-correlation-id': 'find-me', 'idempotency-key': 'k' };
  const claims = { sub: 'ada', scope: 'order:write' };
  const [line] = await linesOf({ level: 'WARN', isSampled: false, auth: 'token' }, placing, {
    ...command,
    headers,
    claims,
    requestId: 'r',
  });
  expect(line).toMatchObject({
    ...{ level: 'ERROR', status: 500, route: placing, path: '/order/1/PlaceOrder', requestId: 'r', invocationId: 'invocation' },
    ...{ correlationId: 'find-me', causationId: 'k', actor: 'ada' },
    error: { name: 'TypeError', stack: expect.stringContaining('log.test.ts'), cause: { message: 'its cause' } },
  });
});

test("an invalid key does not reach the log: the request's id takes its place", async () => {
  const asked = { ...command, headers: { 'idempotency-key': 'a,b' }, requestId: 'r' };
  const [line] = await linesOf({ level: 'WARN', isSampled: false }, placing, asked);
  expect(line).toMatchObject({ causationId: 'r', correlationId: 'r' });
});

test('a request leaves no field for the lines of the next request', async () => {
  const lines = takeLines();
  const observing = { ...unobserved(), logger: new Logger({ logLevel: 'WARN' }) };
  const handler = http(routes, { domain, authorize: authorization({ domain, auth: 'token' }), observing }) as unknown as HttpHandler;
  await handler(httpEvent(placing, { ...command, claims: { sub: 'ada', scope: 'order:write' } }), context);
  await handler(httpEvent('GET /openapi.json'), context);
  const [, second] = lines.said();
  expect(second).toMatchObject({ route: 'GET /openapi.json' });
  expect(Object.keys(second ?? {})).not.toEqual(expect.arrayContaining(['actor']));
  expect(Object.keys(second ?? {})).not.toEqual(expect.arrayContaining(['causationId']));
});
