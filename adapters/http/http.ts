import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Domain } from '../../core/registry/domain.ts';
import { type ObservabilityPorts, observed } from '../lambda/observed.ts';
import type { Cause } from '../lambda/tracing.ts';
import type { authorization } from './authorization.ts';
import { type HttpRequest, receivedIn, toRequest } from './http-request.ts';
import type { AnswerOf, HttpResponse } from './http-response.ts';
import { toProblem } from './problem.ts';
import { type RouteName, routeOfKey } from './routes.ts';
import type { Admit } from './token/tenant-quota.ts';
import { isAstray, unserved } from './unserved.ts';

export type Handler<R extends RouteName> = (request: HttpRequest<R>) => Promise<AnswerOf<R>>;

/** The handlers of a function, by the names of their rows in the table of routes. */
export type Handlers<R extends RouteName = RouteName> = { readonly [Name in R]: Handler<Name> };

export interface Edge {
  readonly domain: Domain;
  /** @throws Denied. */
  readonly authorize: ReturnType<typeof authorization>;
  /** The quota of tenants. Absent: no tenant has one. */
  readonly admit?: Admit | undefined;
  readonly observing: ObservabilityPorts;
}

/** The Lambda handler of routes: turns events of API Gateway (HTTP API, payload 2.0) into requests, and answers into results. */
export const http = (handlers: Partial<Handlers>, { domain, authorize, admit, observing }: Edge) =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(observed(observing, { causesOf, keysOf }))
    .use(problems(observing))
    .handler(async (event) => {
      const received = receivedIn(event);
      const route = routeOfKey(event.routeKey);
      if (route !== undefined && isAstray(route, received.path)) return toResult(unserved(domain, received), event);
      const caller = authorize(event);
      const { grants: _, ...logged } = caller;
      observing.logger.appendKeys(logged);
      admit?.(caller);
      const handler = route === undefined ? undefined : (handlers[route] as Handler<RouteName> | undefined);
      if (route === undefined || handler === undefined) return toResult(unserved(domain, received), event);
      return toResult(await handler(toRequest(route, received, caller)), event);
    });

/** The middleware that turns errors into answers. No other place does. */
const problems = ({ logger }: ObservabilityPorts): middy.MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> => ({
  after: ({ response }) => {
    const status = response?.statusCode ?? 200;
    if (status < 400) logger.info('answered', { status });
    else logger.warn('answered', { status });
  },
  onError: (request) => {
    const { event, error } = request;
    const { status, ...problem } = toProblem(error, receivedIn(event).correlationId);
    request.response = toResult({ status, ...problem }, event);
    if (status < 500) logger.warn(error?.message ?? '', { status });
    else logger.error('failed', { status, error });
  },
});

/** A command from outside is its own cause: its events have the id that the caller gave to the command. */
const causesOf = (event: APIGatewayProxyEventV2): readonly Cause[] => {
  const { method, correlationId, causationId } = receivedIn(event);
  return [{ correlationId, ...(method === 'POST' ? { causationId } : {}) }];
};

const keysOf = ({ routeKey, rawPath, requestContext }: APIGatewayProxyEventV2) => ({
  route: routeKey,
  path: rawPath,
  requestId: requestContext.requestId,
});

/** An answer is data for its caller alone. Browsers must not store it, guess its type, run it or frame it. */
export const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

/** An answer to HEAD has its body here, too: API Gateway sends the length of the body without the body. */
const toResult = ({ status, headers, body }: HttpResponse, event: APIGatewayProxyEventV2): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...securityHeaders,
    'x-correlation-id': receivedIn(event).correlationId,
    ...headers,
  } as Record<string, string>,
  body: body === undefined ? '' : JSON.stringify(body),
});
