import { http } from '../adapters/http/http.ts';
import { queryRoutes } from '../adapters/http/query-routes.ts';
import { auth, cursorKeys, domain, edge, pointers, stores, tenantClaim } from './runtime.ts';

/** Answers every GET request except those about sagas, and requests to paths that do not exist. */
export const handler = http(queryRoutes({ auth, tenantClaim, domain, pointers: pointers(), ...stores(cursorKeys()) }), edge);
