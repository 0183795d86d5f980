import type { ProjectionPorts } from '../../core/read/ports.ts';
import type { Pointers } from '../../core/rebuild/pointers.ts';
import { servedReader } from '../../core/rebuild/serving.ts';
import type { Domain } from '../../core/registry/domain.ts';
import type { Access } from './authorization.ts';
import { descriptionRoutes } from './description-routes.ts';
import { documentRoute } from './document-route.ts';
import type { Handlers } from './http.ts';
import { listRoute } from './list-route.ts';
import { parkedRoute } from './parked-route.ts';
import type { RouteName } from './routes.ts';
import { streamRoutes } from './stream-routes.ts';

export interface Querying extends ProjectionPorts {
  readonly domain: Domain;
  readonly pointers: Pointers;
  /** Whether the API asks for tokens. */
  readonly auth?: Access['auth'];
  /** The claim that says which tenant a caller is of; absent: there are no tenants. */
  readonly tenantClaim?: Access['tenantClaim'];
}

/** Everything that is asked with GET, but where a saga is. */
export const queryRoutes = (querying: Querying): Handlers<Exclude<RouteName, 'command' | 'saga'>> => {
  const served = servedReader(querying);
  return {
    ...documentRoute(querying, served),
    ...listRoute(querying, served),
    ...parkedRoute(querying, served),
    ...streamRoutes(querying),
    ...descriptionRoutes(querying, served),
  };
};
