import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { type Door, openDoor } from './door.ts';
import { createGateway } from './gateway.ts';

const cors = { AllowOrigins: ['http://localhost:*', 'http://127.0.0.1:*'], AllowMethods: ['POST'] };
let door: Door | undefined;
afterEach(() => door?.close());

/** An API that counts the requests which reach its function; with an authorizer if it asks for tokens. */
const openApi = async (asksForTokens = false) => {
  door = await openDoor({ port: 0 });
  const gateway = createGateway(door, { apiId: 'api', accountId: '1', stage: '$default' }, cors);
  const taken: string[] = [];
  const invoke = async () => {
    taken.push('one');
    return { ok: true, requestId: 'r', payload: { statusCode: 200, body: 'x' } } as const;
  };
  for (const key of ['POST /x', 'GET /x']) gateway.addRoute({ key, target: { invoke, timeoutMilliseconds: 500 } });
  if (asksForTokens) gateway.authorizers.set('Tokens', async () => ({ claims: {} }));
  gateway.open();
  const { port } = new URL(gateway.url);
  /** `HOST` in a value stands for the port. Sends what fetch would not: any Host and Origin. */
  const send = async (headers: Readonly<Record<string, string>>, method = 'POST'): Promise<string> => {
    const socket = connect(Number(port), '127.0.0.1');
    const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value.replace('PORT', port)}\r\n`);
    socket.end(`${method} /x HTTP/1.1\r\n${lines.join('')}\r\n`);
    return text(socket);
  };
  return { send, taken };
};

test.each<[string, Readonly<Record<string, string>>]>([
  ['another site', { Host: '127.0.0.1:PORT', Origin: 'https://evil.example' }],
  ['another site, of a name that ends like this machine', { Host: 'localhost:PORT', Origin: 'http://localhost.evil.example' }],
  ['a page without an origin of its own', { Host: '127.0.0.1:PORT', Origin: 'null' }],
  ['a site whose name points to this machine', { Host: 'evil.example:PORT', Origin: 'http://evil.example:PORT' }],
  ['such a site, without an origin', { Host: 'evil.example.:PORT' }],
])('an API without tokens takes no request of %s', async (_, headers) => {
  const { send, taken } = await openApi();
  for (const method of ['POST', 'GET']) {
    const answer = await send(headers, method);
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).toContain('--auth');
    expect(answer).not.toMatch(/access-control-allow-origin/i);
  }
  expect(taken).toEqual([]);
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['a program', { Host: '127.0.0.1:PORT' }],
  ['a program in a container', { Host: 'host.docker.internal:PORT' }],
  ['its own page', { Host: 'localhost:PORT', Origin: 'http://localhost:PORT' }],
  ['its own page, by another name of this machine', { Host: '[::1]:PORT', Origin: 'http://[::1]:PORT' }],
  ['a page that a developer serves on another port', { Host: '127.0.0.1:PORT', Origin: 'http://localhost:5173' }],
])('an API without tokens takes the requests of %s', async (_, headers) => {
  const { send, taken } = await openApi();
  expect(await send(headers)).toMatch(/^HTTP\/1.1 200 /);
  expect(taken).toHaveLength(1);
});

test('an API that asks for tokens leaves the refusal to the token', async () => {
  const { send } = await openApi(true);
  expect(await send({ Host: 'api.example', Origin: 'https://evil.example' })).toMatch(/^HTTP\/1.1 200 /);
});
