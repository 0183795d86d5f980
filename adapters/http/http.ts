import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Invalid, NotFound } from '../../core/basics/errors.ts';
import { type Observing, observed } from '../lambda/observed.ts';
import type { Cause } from '../lambda/tracing.ts';
import type { authorization } from './authorization.ts';
import { correlationIdOf, type HttpRequest, toRequest } from './http-request.ts';
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
  readonly observing: Observing;
}

/** API Gateway (HTTP API, payload 2.0) in and out. Routes go by their keys, like `GET /{projection}/{key}`. */
export const http = (routes: Readonly<Record<string, Route>>, { authorize, observing }: Edge) =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(observed(observing, { causesOf, keysOf }))
    .use(problems(observing))
    .handler(async (event) => {
      const route = routes[event.routeKey] ?? noRoute;
      const caller = authorize(event);
      observing.logger.appendKeys({ ...caller });
      return toResult(await route(toRequest(event, caller)), event);
    });

/** The one place where an error becomes an answer. */
const problems = ({ logger }: Observing): middy.MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> => ({
  after: ({ response }) => {
    const status = response?.statusCode ?? 200;
    if (status < 400) logger.info('answered', { status });
    else logger.warn('answered', { status });
  },
  onError: (request) => {
    const { event, error } = request;
    const { status, ...problem } = toProblem(error, correlationIdOf(event));
    request.response = toResult({ status, ...problem }, event);
    if (status < 500) logger.warn(error?.message ?? '', { status });
    else logger.error('failed', { status, error });
  },
});

/** A command from outside is its own cause: what it records says so, under the id that the caller gave it. */
const causesOf = (event: APIGatewayProxyEventV2): readonly Cause[] => {
  const { headers, requestContext } = event;
  const isCommand = requestContext.http.method === 'POST';
  return [
    {
      correlationId: correlationIdOf(event),
      ...(isCommand ? { causationId: headers['idempotency-key'] ?? requestContext.requestId } : {}),
    },
  ];
};

const keysOf = ({ routeKey, rawPath, requestContext }: APIGatewayProxyEventV2) => ({
  route: routeKey,
  path: rawPath,
  requestId: requestContext.requestId,
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
