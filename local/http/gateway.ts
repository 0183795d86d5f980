import type { Invoke } from '../lambda/invocation.ts';
import { before } from '../waiting.ts';
import { type Cors, preflight, withCors } from './cors.ts';
import { type Door, unavailable } from './door.ts';
import { foreignRefusal } from './foreign.ts';
import { type ApiIdentity, type Received, targetOf, toEvent } from './request-event.ts';
import { gatewayAnswer, type HttpAnswer, internalError, toAnswer } from './response.ts';
import { matchRoute, type Route } from './route-table.ts';
import type { Verify } from './tokens.ts';

/** A function that answers. */
export interface Integration {
  readonly invoke: Invoke;
  readonly timeoutMilliseconds: number;
}

/** The integration of a route, and its authorizer; absent if the route is open. */
export interface Target extends Integration {
  readonly verify?: Verify | undefined;
}

/** An HTTP API of API Gateway, behind a port of this machine. */
export interface Gateway {
  readonly url: string;
  /** By id; a route's target is one of them. */
  readonly integrations: Map<string, Integration>;
  /** By id, for the routes that ask for a token. */
  readonly authorizers: Map<string, Verify>;
  addRoute(route: Route<Target>): void;
  /** Until it is open, the door answers 503. */
  open(): void;
}

export const createGateway = (door: Door, api: ApiIdentity, cors?: Cors): Gateway => {
  const routes: Route<Target>[] = [];
  const authorizers: Gateway['authorizers'] = new Map();
  const answer = async (received: Received): Promise<HttpAnswer> => {
    const { request } = received;
    const early = preflight(cors, request) ?? (authorizers.size === 0 ? foreignRefusal(cors, request) : undefined);
    return withCors(cors, request, early ?? (await respond(received, routes, api)));
  };
  return {
    url: door.url,
    integrations: new Map(),
    authorizers,
    addRoute: (route) => void routes.push(route),
    open: () => door.open(answer),
  };
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
