import type { Pointers } from '../../core/rebuild/pointers.ts';
import { servedReader } from '../../core/rebuild/serving.ts';
import { type Described, descriptionRoutes } from './description-routes.ts';
import { type DocumentQueries, documentRoute } from './document-route.ts';
import type { Handlers } from './http.ts';
import { listRoute } from './list-route.ts';
import { parkedRoute } from './parked-route.ts';
import type { RouteName } from './routes.ts';
import { streamRoutes } from './stream-routes.ts';

/** The sources of the answers, and the input of the API's description. */
export interface QueryPorts extends DocumentQueries, Described {
  readonly pointers: Pointers;
}

/** The handlers of all GET routes except those for sagas. */
export const queryRoutes = (querying: QueryPorts): Handlers<Exclude<RouteName, 'command' | 'saga' | 'runs' | 'webhook'>> => {
  const served = servedReader(querying);
  return {
    ...documentRoute(querying, served),
    ...listRoute(querying, served),
    ...parkedRoute(querying, served),
    ...streamRoutes(querying),
    ...descriptionRoutes(querying, served),
  };
};
