import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Invalid, NotFound } from '../core/errors.ts';
import type { authorization } from './authorization.ts';
import { correlationIdOf, type HttpRequest, toRequest } from './http-request.ts';
import { type LogLevel, log } from './log.ts';
import { type Meter, metered } from './metrics.ts';
import { toProblem } from './problem.ts';

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type Route = (request: HttpRequest) => Promise<HttpResponse>;

export const ok = (body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({ status: 200, headers, body });

export interface Edge {
  /** Throws at who may not. */
  readonly authorize: ReturnType<typeof authorization>;
  readonly level: LogLevel;
  /** Whether a request is one of those whose INFO line is kept, whatever the level is. */
  readonly isSampled?: () => boolean;
  readonly meter?: Meter;
}

/** API Gateway (HTTP API, payload 2.0) in and out. Routes go by their keys, like `GET /{projection}/{key}`. */
export const http = (routes: Readonly<Record<string, Route>>, { authorize, level, isSampled = () => false, meter }: Edge) =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(meter === undefined ? [] : [metered(meter)])
    .use(problems(() => (isSampled() ? 'INFO' : level)))
    .handler(async (event) => {
      const route = routes[event.routeKey] ?? noRoute;
      return toResult(await route(toRequest(event, authorize(event))), event);
    });

/** The one place where an error becomes an answer. */
const problems = (level: () => LogLevel): middy.MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> => ({
  after: ({ event, response }) => log({ ...entryOf(event), status: response?.statusCode ?? 200 }, level()),
  onError: (request) => {
    const { event, error } = request;
    const problem = toProblem(error, correlationIdOf(event));
    request.response = toResult(problem, event);
    log({ ...entryOf(event), status: problem.status, error }, level());
  },
});

const entryOf = (event: APIGatewayProxyEventV2) => ({
  correlationId: correlationIdOf(event),
  route: event.routeKey,
  path: event.rawPath,
  requestId: event.requestContext.requestId,
  // The id of a command, and so the cause of its events, where the caller gave it one.
  idempotencyKey: event.headers['idempotency-key'],
});

const noRoute: Route = async ({ path }) => {
  if (path.split('/').slice(1).includes('')) throw new Invalid('InvalidId', 'the path has an empty part');
  throw new NotFound('UnknownRoute', `nothing is served at ${path}: see /openapi.json`);
};

/** An answer is data for its caller alone: nothing to keep, to guess the type of, to run or to frame. */
const security = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

const toResult = ({ status, headers, body }: HttpResponse, event: APIGatewayProxyEventV2): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...security,
    'x-correlation-id': correlationIdOf(event),
    ...headers,
  },
  body: body === undefined ? '' : JSON.stringify(body),
});
