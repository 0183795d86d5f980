import { Invalid, NotFound } from '../../core/basics/errors.ts';
import { clientCommands } from '../../core/registry/access.ts';
import { type Domain, deciderNamed, hasRelayed, projectionNames, reservedNames, webhooksOf } from '../../core/registry/domain.ts';
import { webhookNamed } from '../../core/webhooks/webhook.ts';
import type { Received } from './http-request.ts';
import type { HttpResponse, ProblemHeader } from './http-response.ts';
import { problemDocument } from './problem.ts';
import { methodsOf, type RouteName, type RouteRow, routeNames, rowOf, type Variables } from './routes.ts';

/**
 * Whether a request reached a route by a variable that stands for a reserved word: API Gateway takes `POST /streams/order/42` for a
 * command to an aggregate `streams`, which no domain has.
 */
export const isAstray = (route: RouteName, path: string): boolean =>
  rowOf(route).path.startsWith('/{') && reservedNames.has(path.split('/')[1] ?? '');

/**
 * The answer to a request without a route. If another method serves the path: 204 to OPTIONS, otherwise 405; both name the methods.
 * @throws Invalid (`InvalidId`), NotFound (`UnknownRoute`).
 */
export const unserved = (domain: Domain, { method, path, correlationId }: Received): HttpResponse<ProblemHeader> => {
  const methods = methodsAt(domain, path);
  if (methods.length > 0) {
    const allow = [...methods, 'OPTIONS'].join(', ');
    if (method === 'OPTIONS') return { status: 204, headers: { allow } };
    const detail = `${path} allows ${allow}, not ${method}`;
    const { headers, ...problem } = problemDocument({ status: 405, code: 'MethodNotAllowed', detail }, correlationId);
    return { ...problem, headers: { ...headers, allow } };
  }
  if (path.split('/').slice(1).includes('')) throw new Invalid('InvalidId', 'the path has an empty part');
  throw new NotFound('UnknownRoute', `the API has no path ${path}: see /openapi.json`);
};

/** The methods of the routes that serve a path. Empty if the path names a member that the domain does not have. */
const methodsAt = (domain: Domain, path: string): readonly string[] => [
  ...new Set(
    routeNames.flatMap((name) => {
      const variables = variablesIn(rowOf(name), path);
      return variables !== undefined && isKnown(domain, name, variables) ? methodsOf(rowOf(name)) : [];
    }),
  ),
];

/** The variables of a path that matches a route. Undefined if it does not match. */
export const variablesIn = ({ path: pattern }: RouteRow, path: string): Variables | undefined => {
  const [parts, given] = [pattern.split('/'), path.split('/')];
  if (parts.length !== given.length) return undefined;
  const variables: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const value = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined ? value !== part : value === '') return undefined;
    if (name !== undefined) variables[name] = value;
  }
  return variables;
};

const isKnown = (domain: Domain, route: RouteName, { aggregate, command, projection, saga, webhook }: Variables): boolean => {
  if (aggregate !== undefined && !domain.deciders.some(({ name }) => name === aggregate)) return false;
  if (command !== undefined && !clientCommands(deciderNamed(domain, aggregate ?? '')).includes(command)) return false;
  if (saga !== undefined && !(domain.sagas ?? []).some(({ name }) => name === saga)) return false;
  if (webhook !== undefined && webhookNamed(webhooksOf(domain), webhook) === undefined) return false;
  if (projection === undefined) return true;
  const isRelay = route === 'parked' && projection === 'relay' && hasRelayed(domain);
  return isRelay || projectionNames(domain).includes(projection);
};
