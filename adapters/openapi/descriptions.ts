import type { RouteName } from '../http/routes.ts';
import { command } from './commands.ts';
import { document, documents } from './documents.ts';
import { parked, runs, saga } from './operations.ts';
import type { Description } from './parts.ts';
import { asyncApi, health, openApi, start } from './service.ts';
import { published, state, stream } from './streams.ts';
import { webhook } from './webhooks.ts';

/** A description for each row of the table of routes. A route without a description does not compile. */
export const descriptions: { readonly [R in RouteName]: Description<R> } = {
  command,
  document,
  documents,
  stream,
  published,
  state,
  parked,
  saga,
  runs,
  webhook,
  openApi,
  asyncApi,
  health,
  start,
};
