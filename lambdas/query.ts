import type { Described } from '../adapters/http/description-routes.ts';
import { http } from '../adapters/http/http.ts';
import { queryRoutes } from '../adapters/http/query-routes.ts';
import { auth, cursorKeys, domain, edge, pointers, quota, stores, tenantClaim, tokens } from './runtime.ts';

/** Answers every GET request except those about sagas, and requests to paths that do not exist. */
const described: Described = { auth, tenantClaim, hasQuota: quota !== undefined, ...tokens, domain };
export const handler = http(queryRoutes({ ...described, pointers: pointers(), ...stores(cursorKeys()) }), edge());
