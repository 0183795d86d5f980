import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Invoke } from '../lambda/invocation.ts';
import { before } from '../waiting.ts';
import { type Cors, preflight, withCors } from './cors.ts';
import { readBody } from './request-body.ts';
import { type ApiIdentity, type Received, targetOf, toEvent } from './request-event.ts';
import { gatewayAnswer, type HttpAnswer, internalError, toAnswer, writeAnswer } from './response.ts';
import { matchRoute, type Route } from './route-table.ts';
import type { Verify } from './tokens.ts';

/** A function that answers. */
export interface Integration {
  readonly invoke: Invoke;
  readonly timeoutMilliseconds: number;
}

/** What a route leads to, and who keeps the door; nobody where it is open. */
export interface Target extends Integration {
  readonly verify?: Verify | undefined;
}

/** An HTTP API of API Gateway, on a port of this machine. */
export interface Gateway {
  readonly url: string;
  /** By id; a route's target is one of them. */
  readonly integrations: Map<string, Integration>;
  /** By id, for the routes that ask for a token. */
  readonly authorizers: Map<string, Verify>;
  addRoute(route: Route<Target>): void;
  /** Until it is open, requests are answered 503. */
  open(): void;
  close(): Promise<void>;
}

/** Listens at once, on the loopback interface alone. @throws Error that says how to choose another port. */
export const createGateway = async (port: number, api: ApiIdentity, cors?: Cors): Promise<Gateway> => {
  const routes: Route<Target>[] = [];
  let isOpen = false;
  const server = createServer((request, response) => {
    const answer = async (received: Received): Promise<HttpAnswer> =>
      withCors(cors, request, isOpen ? (preflight(cors, request) ?? (await respond(received, routes, api))) : unavailable);
    serve(request, response, answer).catch(() => response.destroy());
  });
  return {
    url: await listen(server, port),
    integrations: new Map(),
    authorizers: new Map(),
    addRoute: (route) => void routes.push(route),
    open: () => {
      isOpen = true;
    },
    close: () => close(server),
  };
};

/** @throws Error that says how to choose another port, if this one is taken. */
export const demandFreePort = async (port: number): Promise<void> => close(await listening(createServer(), port));

const unavailable = gatewayAnswer(503, 'Service Unavailable');
const drainMilliseconds = 3_000;

const serve = async (
  request: IncomingMessage,
  response: ServerResponse,
  answer: (received: Received) => HttpAnswer | Promise<HttpAnswer>,
): Promise<void> => {
  const requestId = randomUUID();
  const body = await readBody(request);
  if (body !== undefined) return writeAnswer(response, requestId, await answer({ request, body, requestId }));
  const { headers, ...tooLarge } = gatewayAnswer(413, 'Request Entity Too Large');
  writeAnswer(response, requestId, { ...tooLarge, headers: { ...headers, connection: 'close' } });
  request.resume();
};

const respond = async (received: Received, routes: readonly Route<Target>[], api: ApiIdentity): Promise<HttpAnswer> => {
  const { request } = received;
  try {
    const match = matchRoute(routes, request.method ?? 'GET', targetOf(request).path);
    if (match === undefined) return gatewayAnswer(404, 'Not Found');
    const { invoke, timeoutMilliseconds, verify } = match.target;
    const verified = await verify?.(request.headers.authorization);
    if (verified !== undefined && 'refusal' in verified) return verified.refusal;
    const invocation = await before(timeoutMilliseconds, invoke(toEvent(received, match, api, verified?.claims)));
    if (invocation === undefined) return unavailable;
    return invocation.ok ? toAnswer(invocation.payload) : internalError;
  } catch (error) {
    return error instanceof URIError ? gatewayAnswer(400, 'Bad Request') : internalError;
  }
};

export const listen = async (server: Server, port: number): Promise<string> => {
  const { port: actual } = (await listening(server, port)).address() as AddressInfo;
  return `http://127.0.0.1:${actual}`;
};

const listening = async (server: Server, port: number): Promise<Server> => {
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return server;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'EADDRINUSE' ? `Port ${port} is taken: PORT=${port + 1} npm start moves the API.` : message, { cause: error });
  }
};

/** Lets running requests end, but not for long. */
export const close = async (server: Server): Promise<void> => {
  const closed = once(server, 'close');
  server.close();
  await before(drainMilliseconds, closed);
  server.closeAllConnections();
};
