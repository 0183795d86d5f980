import type { AnyProjection } from '../../core/read/projection.ts';
import type { ServedReader } from '../../core/rebuild/serving.ts';
import { type Domain, projectionNames } from '../../core/registry/domain.ts';
import { toAsyncApi } from '../openapi/asyncapi.ts';
import { serviceName, toOpenApi } from '../openapi/openapi.ts';
import type { Access } from './authorization.ts';
import type { Handlers } from './http.ts';
import { ok } from './http-response.ts';
import { type RouteName, routeNames, routes, rowOf } from './routes.ts';

/** The input of the API's description: the domain, and the rules of access. */
export type Described = Pick<Access, 'domain'> & Partial<Access> & { readonly hasQuota?: boolean };

/** The routes that describe the API. They are open to every caller, and show no data. */
export const descriptionRoutes = (described: Described, served: ServedReader): Handlers<'start' | 'openApi' | 'asyncApi' | 'health'> => {
  const { domain, tenantClaim } = described;
  return {
    start: async () => ok(start(domain)),
    openApi: async () => ok(toOpenApi({ ...domain, projections: await servingOf(domain, served) }, described)),
    asyncApi: async () => ok(toAsyncApi(domain, tenantClaim !== undefined)),
    health: async () => ok({ status: 'ok' }),
  };
};

/** The serving revision of each projection. */
const servingOf = async (domain: Domain, served: ServedReader): Promise<readonly AnyProjection[]> => {
  const found = await Promise.all(projectionNames(domain).map((name) => served.revision(name)));
  return found.map(({ projection }) => projection);
};

/** The answer to `GET /`: the name of the API, and the paths of its members. */
const start = (domain: Domain) => ({
  name: serviceName,
  links: { openapi: routes.openApi.path, asyncapi: routes.asyncApi.path, health: routes.health.path },
  aggregates: pathsOf(
    'aggregate',
    domain.deciders.map(({ name }) => name),
  ),
  projections: pathsOf('projection', projectionNames(domain)),
  sagas: pathsOf(
    'saga',
    (domain.sagas ?? []).map(({ name }) => name),
  ),
});

/** The paths of each member: by the name of the member, then by the name of the route. */
const pathsOf = (variable: 'aggregate' | 'projection' | 'saga', members: readonly string[]) => {
  const named = routeNames.filter((route) => rowOf(route).path.includes(`{${variable}}`));
  const pathOf = (route: RouteName, member: string): string => rowOf(route).path.replace(`{${variable}}`, member);
  return Object.fromEntries(members.map((member) => [member, Object.fromEntries(named.map((route) => [route, pathOf(route, member)]))]));
};
