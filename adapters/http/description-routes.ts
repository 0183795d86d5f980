import type { AnyProjection } from '../../core/read/projection.ts';
import type { ServedReader } from '../../core/rebuild/serving.ts';
import { type Domain, projectionNames } from '../../core/registry/domain.ts';
import { toAsyncApi } from '../openapi/asyncapi.ts';
import { serviceName, toOpenApi } from '../openapi/openapi.ts';
import type { Access } from './authorization.ts';
import type { Handlers } from './http.ts';
import { ok } from './http-response.ts';
import { type RouteName, routeNames, routes, rowOf } from './routes.ts';

/** What the API is described with, beside its domain: who may ask. */
export type Described = Pick<Access, 'domain'> & Partial<Access>;

/** What the API says about itself, to every caller: what it is, and nothing that is in it. */
export const descriptionRoutes = (described: Described, served: ServedReader): Handlers<'start' | 'openApi' | 'asyncApi' | 'health'> => {
  const { domain, tenantClaim } = described;
  return {
    start: async () => ok(start(domain)),
    openApi: async () => ok(toOpenApi({ ...domain, projections: await servingOf(domain, served) }, described)),
    asyncApi: async () => ok(toAsyncApi(domain, tenantClaim !== undefined)),
    health: async () => ok({ status: 'ok' }),
  };
};

/** The revisions that serve. */
const servingOf = async (domain: Domain, served: ServedReader): Promise<readonly AnyProjection[]> => {
  const found = await Promise.all(projectionNames(domain).map((name) => served.revision(name)));
  return found.map(({ projection }) => projection);
};

/** The start of the API: its name, and the paths of all that it has. */
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

/** By the names of members, then of routes: the paths that have the member in them. */
const pathsOf = (variable: 'aggregate' | 'projection' | 'saga', members: readonly string[]) => {
  const named = routeNames.filter((route) => rowOf(route).path.includes(`{${variable}}`));
  const pathOf = (route: RouteName, member: string): string => rowOf(route).path.replace(`{${variable}}`, member);
  return Object.fromEntries(members.map((member) => [member, Object.fromEntries(named.map((route) => [route, pathOf(route, member)]))]));
};
