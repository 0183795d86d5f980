import { Conflict, Denied, Invalid, NewerRelease, NotFound, Refusal, Unavailable } from '../../core/basics/errors.ts';
import type { Measure, Measured } from '../../core/basics/telemetry.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import type { EventBus } from '../../core/publish/relay.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import type { Row } from '../../core/read/read-models.ts';
import type { SagaTaskAnswers, SagaTaskRequest } from '../../core/sagas/ports.ts';
import { type SagaStepPorts, sagaStep } from '../../core/sagas/running/step.ts';
import type { Answer, HandleCommand } from '../../core/write/command-handler.ts';

// Wrappers of the core's ports that also count. They change no behaviour.

export interface MeasuringPorts {
  readonly measure: Measure;
  readonly now: () => Date;
}

/** Counts the outcome of a command. */
export const measuredCommand = async (measure: Measure, carryOut: () => Promise<Answer>): Promise<Answer> => {
  try {
    const answer = await carryOut();
    measure(answer.isRepeated ? 'commandsRepeated' : answer.events.length === 0 ? 'commandsUnchanged' : 'commandsAccepted', 1);
    return answer;
  } catch (error) {
    measure(failureOf(error), 1);
    throw error;
  }
};

/** A command handler that counts the outcome of each command. */
export const measuredCommands =
  (handle: HandleCommand, measure: Measure): HandleCommand =>
  (...args) =>
    measuredCommand(measure, () => handle(...args));

const failureOf = (error: unknown): Measured => {
  if (error instanceof Refusal || (error instanceof Denied && error.code === 'NotAllowed')) return 'commandsRefused';
  if (error instanceof Conflict) return 'commandsConflicted';
  if (error instanceof Unavailable || error instanceof NewerRelease) return 'commandsUnavailable';
  return error instanceof Invalid || error instanceof NotFound || error instanceof Denied ? 'commandsInvalid' : 'commandsFailed';
};

/** Measures the time of each append, and counts appends that lost against another writer. */
export const measuredAppends = (eventStore: EventStore, { measure, now }: MeasuringPorts): EventStore => ({
  ...eventStore,
  append: async (...args) => {
    const began = now().getTime();
    const outcome = await eventStore.append(...args);
    measure('appendMilliseconds', now().getTime() - began);
    if (!outcome.won) measure('appendConflicts', 1);
    return outcome;
  },
});

/** Counts the duplicates and gaps that the gates of a follower find and the streams that it parks, and measures how late its rows are. */
export const measuredStores = <S extends ProjectionPorts>(stores: S, measure: Measure): S => ({
  ...stores,
  gateObserver: {
    duplicates: (commits: number) => measure('duplicatesDropped', commits),
    gap: () => measure('gapsRepaired', 1),
  },
  readModels: {
    ...stores.readModels,
    write: async (projection, changes) => {
      const isWritten = await stores.readModels.write(projection, changes);
      if (isWritten) {
        const rows = changes.map(({ next }) => next);
        measureRows(rows, { measure, now: stores.now });
      }
      return isWritten;
    },
  },
});

const measureRows = (rows: readonly Row[], { measure, now }: MeasuringPorts): void => {
  const faults = rows.flatMap(({ parked }) => parked ?? []);
  const waiting = faults.filter(({ needs }) => needs !== undefined).length;
  if (waiting > 0) measure('streamsWaiting', waiting);
  if (faults.length > waiting) measure('streamsParked', faults.length - waiting);
  const newest = Math.max(...rows.map(({ recordedAt }) => Date.parse(recordedAt)));
  measure('projectionLagMilliseconds', Math.max(0, now().getTime() - newest));
};

/** Counts the events that the bus did not accept. */
export const measuredBus = (bus: EventBus, measure: Measure): EventBus => ({
  publish: async (event) => {
    try {
      await bus.publish(event);
    } catch (error) {
      measure('busFailures', 1);
      throw error;
    }
  },
});

/** Counts aborted sagas. The state machine's own metric counts the completed ones. */
export const measuredSteps =
  (stepping: SagaStepPorts, measure: Measure) =>
  (call: SagaTaskRequest): Promise<void> => {
    const answer: SagaTaskAnswers['answer'] = async (token, said) => {
      await stepping.executions.answer(token, said);
      if (call.does === 'abort' && 'proceed' in said) measure('sagasAborted', 1);
    };
    return sagaStep({ ...stepping, executions: { ...stepping.executions, answer } })(call);
  };
