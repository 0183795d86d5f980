import type { Recorded } from '../../basics/messages.ts';
import type { SagaStarts } from '../ports.ts';
import type { AnySaga } from '../saga.ts';
import { concerns, startOf } from './run.ts';

export interface SagaStarterPorts {
  readonly sagas: readonly AnySaga[];
  readonly executions: SagaStarts;
  readonly now: () => Date;
  /** Told of each saga that would have begun with an event, if that were not too old. */
  readonly onTooLate: (saga: string, eventId: string) => void;
}

/**
 * So long after it was recorded an event starts sagas: longer than a letter is dead, and as long as the bus can replay it. One that is
 * older was recorded elsewhere, as a rule, and brought here: its saga has been there, and another one would do everything once more.
 * Or the relay had set its stream aside for so long: which of the two it is an operator knows, who starts the saga then.
 */
const daysToStart = 30;

/**
 * Starts the sagas that begin with this event, if it is not too old for that. An event may come any number of times: each saga is
 * started once. @throws Invalid, if what it says is no context and it is young enough.
 */
export const sagaStarter =
  ({ sagas, executions, now, onTooLate }: SagaStarterPorts) =>
  async (event: Recorded): Promise<void> => {
    const { eventId, recordedAt } = event.metadata;
    const isTooLate = Date.parse(recordedAt) < now().getTime() - daysToStart * 24 * 3600 * 1000;
    for (const saga of sagas) {
      if (isTooLate) {
        if (concerns(saga, event)) onTooLate(saga.name, eventId);
        continue;
      }
      const input = startOf(saga, event);
      if (input !== undefined) await executions.start(saga.name, input);
    }
  };
