import { commandRoutes } from '../adapters/http/command-routes.ts';
import { http } from '../adapters/http/http.ts';
import { commands, domain, edge, measure } from './runtime.ts';

/** One handler serves every aggregate. */
export const handler = http(commandRoutes({ domain, handle: commands(), measure }), edge);
