import { noCache } from '../../adapters/event-log/tail-cache.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { type Answer, type CommandRequest, commandHandler, type TailCache } from '../../core/write/command-handler.ts';
import type { AnyDecider } from '../../core/write/decider.ts';

/** An aggregate of a decider; tests may pass its whole address. */
interface Target {
  readonly aggregate?: string;
  readonly id: string;
  readonly tenant?: string | undefined;
}

/** A command handler with the given cache, none by default, and without pauses. */
export const handlerOn = (eventStore: EventStore, cache: TailCache = noCache) =>
  withAddresses(commandHandler({ eventStore, cache, pause: async () => {} }));

/** A command handler that takes whole addresses, and refuses one of another aggregate than the decider's. */
export const withAddresses =
  (handle: ReturnType<typeof commandHandler>) =>
  <D extends AnyDecider>(decider: D, { aggregate = decider.name, id, tenant }: Target, request: CommandRequest<D>): Promise<Answer> => {
    if (aggregate !== decider.name) throw new Error(`the test sends a command of '${decider.name}' to '${aggregate}'`);
    return handle(decider, { id, tenant }, request);
  };
