import { noCache } from '../../adapters/tail-cache.ts';
import { commandHandler, type TailCache } from '../../core/command-handler.ts';
import type { EventStore } from '../../core/event-store.ts';

/** A command handler that remembers nothing, unless it is given a cache, and does not wait. */
export const handlerOn = (eventStore: EventStore, cache: TailCache = noCache) =>
  commandHandler({ eventStore, cache, pause: async () => {} });
