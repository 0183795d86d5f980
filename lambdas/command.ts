import { commandRoute } from '../adapters/http/command-route.ts';
import { http } from '../adapters/http/http.ts';
import { commands, domain, edge, measure } from './runtime.ts';

/** One handler serves every aggregate. */
export const handler = http(commandRoute({ domain, handle: commands(), measure }), edge);
