import { noCache } from '../../adapters/event-log/tail-cache.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { commandHandler, type TailCache } from '../../core/write/command-handler.ts';

/** A command handler that remembers nothing, unless it is given a cache, and does not wait. */
export const handlerOn = (eventStore: EventStore, cache: TailCache = noCache) =>
  commandHandler({ eventStore, cache, pause: async () => {} });
