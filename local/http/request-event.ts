import type { IncomingMessage } from 'node:http';
import type { Match } from './route-table.ts';
import type { Claims } from './tokens.ts';

/** What the event says about the API that received the request. */
export interface ApiIdentity {
  readonly apiId: string;
  readonly accountId: string;
  readonly stage: string;
}

/** A request that has come in whole. */
export interface Received {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly requestId: string;
}

/** The target of a request, as it was sent: still encoded. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

export const targetOf = ({ url = '/' }: Pick<IncomingMessage, 'url'>): RequestTarget => {
  const [path = '/', ...query] = url.replace(/^https?:\/\/[^/]+/, '').split('?');
  return { path: path === '' ? '/' : path, query: query.join('?') };
};

/**
 * The event of payload format 2.0. API Gateway hands the path over decoded and the query as it came; it merges repeated
 * headers and parameters with commas, takes cookies out of the headers, and encodes a body unless its type is a known text.
 * @throws URIError if the path is not properly encoded.
 */
export const toEvent = (received: Received, match: Match<unknown>, api: ApiIdentity, claims?: Claims) => {
  const { request, body } = received;
  const { path, query } = targetOf(request);
  const { cookie, ...headers } = headersOf(request);
  const rawPath = decodeURIComponent(path);
  const isText = textTypes.test(headers['content-type'] ?? '');
  return {
    version: '2.0',
    routeKey: match.key,
    rawPath,
    rawQueryString: query,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers,
    ...(query === '' ? {} : { queryStringParameters: parametersOf(query) }),
    requestContext: {
      ...contextOf(received, rawPath, match.key, api),
      ...(claims === undefined ? {} : { authorizer: { jwt: { claims, scopes: null } } }),
    },
    ...(Object.keys(match.parameters).length === 0 ? {} : { pathParameters: match.parameters }),
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
};

export type RequestEvent = ReturnType<typeof toEvent>;

/** What API Gateway hands over as text; everything else, and a body without a type, comes in base64. */
const textTypes = /^\s*(text\/|application\/(json|xml|javascript)\s*(;|$))/i;

const headersOf = (request: IncomingMessage): Record<string, string | undefined> & { cookie?: string } => {
  const received = Object.entries(request.headersDistinct).map(([name, values = []]) => [
    name,
    values.join(name === 'cookie' ? '; ' : ','),
  ]);
  return {
    ...Object.fromEntries(received),
    'x-forwarded-for': request.socket.remoteAddress ?? '127.0.0.1',
    'x-forwarded-port': String(request.socket.localPort),
    'x-forwarded-proto': 'http',
  };
};

const parametersOf = (query: string): Record<string, string> => {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = Object.hasOwn(parameters, name) ? `${parameters[name]},${value}` : value;
  }
  return parameters;
};

const contextOf = ({ request, requestId }: Received, path: string, routeKey: string, { apiId, accountId, stage }: ApiIdentity) => {
  const now = new Date();
  const domainName = request.headers.host ?? 'localhost';
  return {
    accountId,
    apiId,
    domainName,
    domainPrefix: domainName.split('.')[0],
    http: {
      method: request.method ?? 'GET',
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId,
    routeKey,
    stage,
    time: logTime(now),
    timeEpoch: now.getTime(),
  };
};

/** `12/Mar/2020:19:03:58 +0000`. */
const logTime = (time: Date): string => {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(time.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
};
