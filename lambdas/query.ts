import { http } from '../adapters/http/http.ts';
import { queryRoutes } from '../adapters/http/query-routes.ts';
import { auth, domain, edge, pointers, stores, tenantClaim } from './runtime.ts';

/** Everything that is asked with GET, and the answer to paths that do not exist. */
export const handler = http(queryRoutes({ auth, tenantClaim, domain, pointers: pointers(), ...stores() }), edge);
