import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Invocation } from '../lambda/invocation.ts';
import { type Door, openDoor } from './door.ts';
import { createGateway, type Gateway } from './gateway.ts';
import type { RequestEvent } from './request-event.ts';

let door: Door;
let gateway: Gateway;
let event: RequestEvent;

const answers: Readonly<Record<string, () => Promise<Omit<Invocation, 'requestId'>>>> = {
  ok: async () => ({ ok: true, payload: { statusCode: 200, headers: { 'x-answer': 'yes' }, body: 'done' } }),
  error: async () => ({ ok: false, error: { errorType: 'Error', errorMessage: 'secret' } }),
  slow: () => new Promise(() => {}),
  header: async () => ({ ok: true, payload: { statusCode: 200, headers: { 'x-answer': 'a\nb' } } }),
};

beforeAll(async () => {
  door = await openDoor({ port: 0 });
  gateway = createGateway(door, { apiId: 'api', accountId: '000000000000', stage: '$default' });
  for (const [name, answer] of Object.entries(answers)) {
    const invoke = async (given: unknown) => {
      event = given as RequestEvent;
      return { requestId: 'r', ...(await answer()) } as Invocation;
    };
    gateway.addRoute({ key: `ANY /${name}/{id}`, target: { invoke, timeoutMilliseconds: 200 } });
  }
  expect((await fetch(`${gateway.url}/ok/1`)).status).toBe(503);
  gateway.open();
});
afterAll(() => door.close());

const send = (path: string, init?: RequestInit) => fetch(`${gateway.url}${path}`, init);

/** Sends what fetch would not. */
const sendRaw = async (request: string): Promise<string> => {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.end(request.replaceAll('\n', '\r\n'));
  return text(socket);
};

describe('the event', () => {
  test('is payload format 2.0', async () => {
    const response = await send('/ok/a%20b?x=1&x=2&y=%C3%A9', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Own': 'é'.normalize() },
      body: '{"a":"é"}',
    });
    expect([response.status, await response.text(), response.headers.get('x-answer')]).toEqual([200, 'done', 'yes']);
    expect(response.headers.get('apigw-requestid')).toBe(event.requestContext.requestId);
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /ok/{id}',
      rawPath: '/ok/a b',
      rawQueryString: 'x=1&x=2&y=%C3%A9',
      queryStringParameters: { x: '1,2', y: 'é' },
      pathParameters: { id: 'a b' },
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'api',
        http: { method: 'POST', path: '/ok/a b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
        routeKey: 'ANY /ok/{id}',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"a":"é"}',
      isBase64Encoded: false,
    });
  });

  test('has no body, parameters or cookies where there are none', async () => {
    await send('/ok/1');
    for (const name of ['body', 'queryStringParameters', 'cookies']) expect(event).not.toHaveProperty(name);
    expect(event).toMatchObject({ isBase64Encoded: false, rawQueryString: '' });
  });

  test('joins repeated headers, and moves cookies to a field of their own', async () => {
    await sendRaw('GET /ok/1 HTTP/1.1\nHost: here\nX-Many: a\nCookie: a=1; b=2\nx-many: b\nConnection: close\n\n');
    expect(event).toMatchObject({ headers: { 'x-many': 'a,b', host: 'here' }, cookies: ['a=1', 'b=2'] });
    expect(event.headers).not.toHaveProperty('cookie');
  });

  test.each<[string | undefined, boolean]>([
    ['application/json; charset=utf-8', false],
    ['text/csv', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['application/problem+json', true],
    ['application/octet-stream', true],
  ])('of a body of type %s is encoded: %s', async (type, isBase64Encoded) => {
    await send('/ok/1', { method: 'PUT', headers: { 'content-type': type as string }, body: 'hello' });
    expect(event).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? 'aGVsbG8=' : 'hello' });
  });

  test('of a body without a type is encoded', async () => {
    await sendRaw('POST /ok/1 HTTP/1.1\nHost: here\nContent-Length: 5\nConnection: close\n\nhello');
    expect(event).toMatchObject({ isBase64Encoded: true, body: 'aGVsbG8=' });
  });
});

describe('the gateway answers by itself', () => {
  test.each([
    ['GET', '/nowhere', 404, 'Not Found'],
    ['GET', '/ok/', 404, 'Not Found'],
    ['GET', '/ok/%ZZ', 400, 'Bad Request'],
    ['GET', '/%', 404, 'Not Found'],
    ['GET', '/error/1', 500, 'Internal Server Error'],
    ['GET', '/slow/1', 503, 'Service Unavailable'],
    ['GET', '/header/1', 500, 'Internal Server Error'],
  ])('%s %s: %i', async (method, path, status, message) => {
    const response = await send(path, { method });
    expect([response.status, await response.json()]).toEqual([status, { message }]);
  });

  test('413 to a body over 10 MB, announced or not', async () => {
    const large = Buffer.alloc(10 * 1024 * 1024 + 1);
    const announced = await send('/ok/1', { method: 'POST', body: large });
    expect([announced.status, await announced.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
    const head = 'POST /ok/1 HTTP/1.1\nHost: here\nTransfer-Encoding: chunked\n\n';
    const chunk = `${large.length.toString(16)}\n${large.toString('latin1')}\n0\n\n`;
    expect(await sendRaw(head + chunk)).toMatch(/^HTTP\/1.1 413 /);
    expect((await send('/ok/1')).status).toBe(200);
  });

  test('HEAD like GET, without the body', async () => {
    const response = await send('/ok/1', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '4', '']);
    expect(event.requestContext.http.method).toBe('HEAD');
  });
});

test('a taken port is named, with the way to another', async () => {
  const { port } = new URL(gateway.url);
  const message = `Port ${port} is taken: PORT=${Number(port) + 1} npm start moves the API.`;
  await expect(openDoor({ port: Number(port) })).rejects.toThrow(message);
});
