import type { Recorded } from '../../basics/messages.ts';
import { clocksDifferMilliseconds } from '../../log/event-store.ts';
import type { SagaStarts } from '../ports.ts';
import { type AnySaga, machineName } from '../saga.ts';
import { concerns, startOf } from './run.ts';
import { holderOf, type UniquePorts } from './unique.ts';

export interface SagaStarterPorts {
  readonly sagas: readonly AnySaga[];
  readonly executions: SagaStarts;
  readonly now: () => Date;
  /** Called for each saga that an event does not start because the event is too old. */
  readonly onTooLate: (saga: string, eventId: string) => void;
  /** Where a saga is unique. `onRefused` is called for each event that starts no run, because the run of the event `holder` has its key. */
  readonly unique?:
    | (Omit<UniquePorts, 'now'> & { readonly onRefused: (saga: string, eventId: string, holder: string) => void })
    | undefined;
}

/**
 * Older events start no saga. 30 days are the archive's replay window, and longer than the 14 days of a dead-letter queue. An older event
 * was usually imported: its saga ran elsewhere, and a second one would do everything again. Or the relay had parked its stream that long.
 * An operator decides which of the two it is, and starts the saga if needed.
 */
const daysToStart = 30;

/**
 * A new event arrives within seconds. An older one may come from a log that was restored: its saga has begun elsewhere. Or the bus was away,
 * and the saga then looks into the log in vain, which costs little.
 */
const newMilliseconds = clocksDifferMilliseconds;

/**
 * Starts the sagas that begin with this event, unless it is too old. The event may arrive repeatedly: each saga starts once.
 * @throws Invalid (`InvalidData`) if the event's context does not fit the saga's schema.
 */
export const sagaStarter =
  ({ sagas, executions, now, onTooLate, unique }: SagaStarterPorts) =>
  async (event: Recorded): Promise<void> => {
    const { eventId, recordedAt } = event.metadata;
    const age = now().getTime() - Date.parse(recordedAt);
    const isTooLate = age > daysToStart * 24 * 3600 * 1000;
    for (const saga of sagas) {
      if (isTooLate) {
        if (concerns(saga, event)) onTooLate(saga.name, eventId);
        continue;
      }
      const input = startOf(saga, event);
      if (input === undefined) continue;
      // Once refused, a start stays refused: the event may be delivered again after the other run has ended.
      if (saga.unique !== undefined && (await unique?.claims.refusedFor(machineName(saga), eventId)) !== undefined) continue;
      const holder = unique && (await holderOf({ ...unique, now }, saga, input));
      if (holder !== undefined) {
        await unique?.claims.refuse(machineName(saga), eventId, holder);
        unique?.onRefused(saga.name, eventId, holder);
      } else await executions.start(machineName(saga), age > newMilliseconds ? { ...input, again: true } : input);
    }
  };
