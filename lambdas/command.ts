import { commandRoutes } from '../adapters/command-routes.ts';
import { http } from '../adapters/http.ts';
import { commands, domain, edge, measure } from './runtime.ts';

/** One handler serves every aggregate. */
export const handler = http(commandRoutes({ domain, handle: commands(), measure }), edge);
