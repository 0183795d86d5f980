import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { preflight } from './cors.ts';
import { type Door, openDoor } from './door.ts';
import { createGateway } from './gateway.ts';

const cors = {
  AllowOrigins: ['https://shop.example'],
  AllowMethods: ['GET'],
  AllowHeaders: ['authorization'],
  ExposeHeaders: ['etag'],
  MaxAge: 60,
};
let door: Door;
beforeAll(async () => {
  door = await openDoor({ port: 0 });
  const gateway = createGateway(door, { apiId: 'api', accountId: '1', stage: '$default' }, cors);
  const invoke = async () => ({ ok: true, requestId: 'r', payload: { statusCode: 200, body: 'x' } }) as const;
  gateway.addRoute({ key: 'GET /x', target: { invoke, timeoutMilliseconds: 500 } });
  gateway.open();
});
afterAll(() => door.close());

const ask = async (method: string, origin: string) => {
  const headers = { origin, ...(method === 'OPTIONS' ? { 'access-control-request-method': 'GET' } : {}) };
  const answer = await fetch(`${door.url}/x`, { method, headers });
  return { status: answer.status, origin: answer.headers.get('access-control-allow-origin'), headers: answer.headers };
};

test('a page of an allowed origin may send a request and read the answer', async () => {
  const { headers, ...asked } = await ask('OPTIONS', 'https://shop.example');
  expect(asked).toEqual({ status: 204, origin: 'https://shop.example' });
  expect(headers.get('access-control-allow-headers')).toBe('authorization');
  const { headers: exposed, ...answer } = await ask('GET', 'https://shop.example');
  expect(answer).toEqual({ status: 200, origin: 'https://shop.example' });
  expect(exposed.get('access-control-expose-headers')).toBe('etag');
});

test.each(['OPTIONS', 'GET'])('a page of another origin gets no CORS headers: %s', async (method) => {
  expect(await ask(method, 'https://evil.example')).toMatchObject({ origin: null });
});

test.each([
  ['http://localhost:5173', true],
  ['http://localhost', true],
  ['http://127.0.0.1:8080', true],
  ['http://localhost.evil.example', false],
  ['http://localhost:80.evil.example', false],
  ['https://localhost:5173', false],
])('a pattern of this machine covers %s: %s', (origin, isAllowed) => {
  const patterns = { ...cors, AllowOrigins: ['http://localhost:*', 'http://127.0.0.1:*'] };
  const request = { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } } as unknown as IncomingMessage;
  const { status, headers } = preflight(patterns, request) ?? {};
  expect([status, headers?.['access-control-allow-origin']]).toEqual([204, isAllowed ? origin : undefined]);
});
