import {
  type OwnReading,
  operatorScope,
  readingOwnDocuments,
  readingOwnStreams,
  scopeToReadDocuments,
  scopeToReadStreams,
  scopeToSend,
} from '../../core/registry/access.ts';
import type { Domain } from '../../core/registry/domain.ts';

// The one table of the HTTP API. The routes of API Gateway (lib/), authorization, the parsing of requests, CORS and the OpenAPI document
// derive from it, so a route cannot be served without a scope or a description. Each Lambda function binds handlers to the rows by name;
// adapters/openapi/descriptions.ts binds descriptions to them.

/** The scope that a route requires of a token. An `open` route requires no token. */
export type ScopeRule = typeof open | ((domain: Domain, variables: Variables) => string);
/** How a token without that scope may read what belongs to its actor. Undefined: not at all. */
export type OwnRule = (domain: Domain, variables: Variables) => OwnReading | undefined;
export type Variables = Readonly<Record<string, string | undefined>>;

export const open = Symbol('no token is needed');

/** A parameter of the query: its type, its limits, and its value if the request has none (`otherwise`). */
export type QueryParameter =
  | { readonly type: 'text'; readonly format?: 'date-time' }
  | { readonly type: 'word'; readonly words: readonly string[]; readonly otherwise: string }
  | { readonly type: 'number'; readonly least: number; readonly most: number; readonly otherwise?: number };

export interface RouteRow {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The file of lambdas/ that serves the route. */
  readonly servedBy: 'command' | 'query' | 'saga-queries' | 'webhooks';
  readonly scope: ScopeRule;
  readonly own?: OwnRule;
  readonly query: Readonly<Record<string, QueryParameter>>;
  /** The request headers that the route reads, in addition to those that every route reads. */
  readonly takes: readonly string[];
  /** The headers of the route's answers, in addition to those of every answer. */
  readonly gives: readonly string[];
}

const text = { type: 'text' } as const;
const order = { type: 'word', words: ['asc', 'desc'], otherwise: 'asc' } as const;
const anyVersion = { type: 'number', least: 1, most: 999_999_999_999_999 } as const;
const pageOfDocuments = { type: 'number', least: 1, most: 100, otherwise: 25 } as const;
const pageOfEvents = { type: 'number', least: 1, most: 1000, otherwise: 100 } as const;
const pageOfRuns = { type: 'number', least: 1, most: 25, otherwise: 10 } as const;
const plain = { query: {}, takes: [], gives: [] } as const;

const send: ScopeRule = (domain, { aggregate = '', command = '' }) => scopeToSend(domain, aggregate, command);
const readDocuments: ScopeRule = (domain, { projection = '' }) => scopeToReadDocuments(domain, projection);
const readStreams: ScopeRule = (_, { aggregate = '' }) => scopeToReadStreams(aggregate);
const operate: ScopeRule = () => operatorScope;

const ownDocuments: OwnRule = (domain, { projection = '' }) => readingOwnDocuments(domain, projection);
const ownStreams: OwnRule = (domain, { aggregate = '' }) => readingOwnStreams(domain, aggregate);
/** A saga belongs to the owner of the aggregate that started it. */
const ownSagas: OwnRule = (domain, { saga }) => {
  const found = (domain.sagas ?? []).find(({ name }) => name === saga);
  return found && readingOwnStreams(domain, found.startsOn.of.name);
};

/** The routes by name. A name is also a construct id of the deployed API (`document` → `Document`), so it never changes. */
export const routes = {
  command: {
    method: 'POST',
    path: '/{aggregate}/{id}/{command}',
    servedBy: 'command',
    scope: send,
    query: {},
    takes: ['idempotency-key', 'if-match', 'if-none-match', 'command-version'],
    gives: ['etag', 'idempotent-replayed'],
  },
  document: {
    method: 'GET',
    path: '/{projection}/{key}',
    servedBy: 'query',
    scope: readDocuments,
    own: ownDocuments,
    query: {},
    takes: ['read-after', 'prefer', 'if-none-match'],
    gives: ['etag', 'last-modified', 'cache-control', 'x-parked', 'x-unlisted', 'x-freshness'],
  },
  documents: {
    method: 'GET',
    path: '/{projection}',
    servedBy: 'query',
    scope: readDocuments,
    own: ownDocuments,
    query: { sort: text, from: text, to: text, limit: pageOfDocuments, order, cursor: text },
    takes: ['read-after'],
    gives: ['x-freshness'],
  },
  stream: {
    ...plain,
    method: 'GET',
    path: '/streams/{aggregate}/{id}',
    servedBy: 'query',
    scope: readStreams,
    own: ownStreams,
    query: { from: anyVersion, limit: pageOfEvents, order },
  },
  published: {
    ...plain,
    method: 'GET',
    path: '/streams/{aggregate}/{id}/published',
    servedBy: 'query',
    scope: readStreams,
    own: ownStreams,
    query: { from: { ...anyVersion, otherwise: 1 }, limit: pageOfEvents },
  },
  state: {
    ...plain,
    method: 'GET',
    path: '/streams/{aggregate}/{id}/state',
    servedBy: 'query',
    scope: readStreams,
    own: ownStreams,
    query: { version: anyVersion, at: { type: 'text', format: 'date-time' } },
  },
  parked: {
    ...plain,
    method: 'GET',
    path: '/parked/{projection}',
    servedBy: 'query',
    scope: operate,
    query: { limit: pageOfDocuments, cursor: text },
  },
  saga: { ...plain, method: 'GET', path: '/sagas/{saga}/{id}', servedBy: 'saga-queries', scope: operate, own: ownSagas },
  runs: {
    ...plain,
    method: 'GET',
    path: '/sagas/{saga}/{id}/runs',
    servedBy: 'saga-queries',
    scope: operate,
    own: ownSagas,
    query: { from: anyVersion, limit: pageOfRuns },
  },
  // The provider signs what it sends, and has no token. Its name is the domain's, so that a domain without webhooks has no such path.
  webhook: { ...plain, method: 'POST', path: '/webhooks/{webhook}', servedBy: 'webhooks', scope: open },
  openApi: { ...plain, method: 'GET', path: '/openapi.json', servedBy: 'query', scope: open },
  asyncApi: { ...plain, method: 'GET', path: '/asyncapi.json', servedBy: 'query', scope: open },
  health: { ...plain, method: 'GET', path: '/health', servedBy: 'query', scope: open },
  start: { ...plain, method: 'GET', path: '/', servedBy: 'query', scope: open },
} as const satisfies Readonly<Record<string, RouteRow>>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

/** The headers that every route reads. API Gateway reads `authorization`, and passes the claims to the function. */
export const alwaysTaken = ['authorization', 'content-type', 'x-correlation-id'] as const;

/** The headers that any answer may have, including an error. */
export const alwaysGiven = ['allow', 'retry-after', 'www-authenticate', 'x-correlation-id'] as const;

/** The names of all routes, in the order of deployment. The first route of a function owns its integration. */
export const routeNames = Object.keys(routes) as readonly RouteName[];

/** A row of the table, without its literal types. */
export const rowOf = (name: RouteName): RouteRow => routes[name];

/** The methods of a route. Every GET route also serves HEAD. */
export const methodsOf = ({ method }: RouteRow): readonly ('GET' | 'HEAD' | 'POST')[] => (method === 'GET' ? ['GET', 'HEAD'] : [method]);

/** The route key that API Gateway sends for a request without a route. */
export const noRouteKey = '$default';

const byKey: ReadonlyMap<string, RouteName> = new Map(
  routeNames.flatMap((name) => methodsOf(rowOf(name)).map((method) => [`${method} ${rowOf(name).path}`, name])),
);

/** The route of a key of API Gateway, like `GET /{projection}/{key}`. */
export const routeOfKey = (key: string): RouteName | undefined => byKey.get(key);

type VariablesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | VariablesIn<Rest> : never;
type Value<P> = P extends { words: readonly (infer Word)[] }
  ? Word
  : P extends { type: 'number'; otherwise: number }
    ? number
    : P extends { type: 'number' }
      ? number | undefined
      : string | undefined;

/** The names of the variables in a route's path. */
export type VariableOf<R extends RouteName> = VariablesIn<Routes[R]['path']>;
/** The parsed parameters of a route's query. */
export type QueryOf<R extends RouteName> = { readonly [N in keyof Routes[R]['query']]: Value<Routes[R]['query'][N]> };
export type TakenBy<R extends RouteName> = Routes[R]['takes'][number];
export type GivenBy<R extends RouteName> = Routes[R]['gives'][number];
