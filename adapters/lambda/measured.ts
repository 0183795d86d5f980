import { Conflict, Denied, Invalid, NotFound, Refusal, Unavailable } from '../../core/basics/errors.ts';
import type { Measure, Measured } from '../../core/basics/telemetry.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import type { Delivery } from '../../core/log/gate.ts';
import type { EventBus } from '../../core/publish/relay.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { type AnyProjection, tableKey } from '../../core/read/projection.ts';
import { progressKey, type Row } from '../../core/read/read-models.ts';
import type { Executions, SagaCall } from '../../core/sagas/ports.ts';
import { type Stepping, sagaStep } from '../../core/sagas/running/step.ts';
import type { Answer } from '../../core/write/command-handler.ts';

// The ports of the core, with somebody who counts beside them: what they do is the same.

export interface Measuring {
  readonly measure: Measure;
  readonly now: () => Date;
}

/** What became of a command. */
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

const failureOf = (error: unknown): Measured => {
  if (error instanceof Refusal) return 'commandsRefused';
  if (error instanceof Conflict) return 'commandsConflicted';
  if (error instanceof Unavailable) return 'commandsUnavailable';
  return error instanceof Invalid || error instanceof NotFound || error instanceof Denied ? 'commandsInvalid' : 'commandsFailed';
};

/** How long appends take, and how often another writer is ahead. */
export const measuredAppends = (eventStore: EventStore, { measure, now }: Measuring): EventStore => ({
  ...eventStore,
  append: async (...args) => {
    const began = now().getTime();
    const outcome = await eventStore.append(...args);
    measure('appendMilliseconds', now().getTime() - began);
    if (!outcome.won) measure('appendConflicts', 1);
    return outcome;
  },
});

export interface Listening {
  readonly measure: Measure;
  /** What has come, and for whom. */
  readonly deliveries: readonly Delivery[];
  readonly projectionsOf: (aggregate: string) => readonly AnyProjection[];
}

/** For those whom the table's stream brings commits: how late they are, what did not come or came again, and what they set aside. */
export const measuredStores = <S extends ProjectionPorts>(stores: S, { measure, ...listening }: Listening): S => {
  const countDuplicates = duplicatesIn(listening);
  const noteDuplicates = (projection: AnyProjection, rows: ReadonlyMap<string, Row>): void => {
    let duplicates = 0;
    for (const [key, row] of rows) duplicates += countDuplicates(projection, key, row);
    if (duplicates > 0) measure('duplicatesDropped', duplicates);
  };
  return {
    ...stores,
    eventStore: {
      ...stores.eventStore,
      read: async (...args) => {
        measure('gapsRepaired', 1); // They read nothing that was brought to them.
        return stores.eventStore.read(...args);
      },
    },
    readModels: {
      ...stores.readModels,
      get: async (projection, key, consistency) => {
        const row = await stores.readModels.get(projection, key, consistency);
        noteDuplicates(projection, new Map([[key, row]]));
        return row;
      },
      getMany: async (projection, keys, consistency) => {
        const rows = await stores.readModels.getMany(projection, keys, consistency);
        noteDuplicates(projection, rows);
        return rows;
      },
      write: async (projection, changes) => {
        const isWritten = await stores.readModels.write(projection, changes);
        if (isWritten)
          measureRows(
            changes.map(({ next }) => next),
            { measure, now: stores.now },
          );
        return isWritten;
      },
    },
  };
};

/** How many of the commits that have come a row had already when it was read; each is told once, however often the row is read. */
const duplicatesIn = ({ deliveries, projectionsOf }: Omit<Listening, 'measure'>) => {
  const told = new Set<string>();
  return (projection: AnyProjection, key: string, { version }: Row): number => {
    const before = told.size;
    for (const { stream, commits } of deliveries) {
      if (progressKey(projection, stream) !== key || !projectionsOf(stream.aggregate).includes(projection)) continue;
      for (const commit of commits) if (commit.version <= version) told.add(`${tableKey(projection)} ${key} ${commit.version}`);
    }
    return told.size - before;
  };
};

const measureRows = (rows: readonly Row[], { measure, now }: Measuring): void => {
  const parked = rows.filter((row) => row.parked !== undefined).length;
  if (parked > 0) measure('streamsParked', parked);
  const newest = Math.max(...rows.map(({ recordedAt }) => Date.parse(recordedAt)));
  measure('projectionLagMilliseconds', Math.max(0, now().getTime() - newest));
};

/** How often the bus does not take an event. */
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

/** The steps of sagas, and how often one comes to nothing. That one is completed its state machine tells. */
export const measuredSteps =
  (stepping: Stepping, measure: Measure) =>
  (call: SagaCall): Promise<void> => {
    const answer: Executions['answer'] = async (token, said) => {
      await stepping.executions.answer(token, said);
      if (call.does === 'abort' && 'proceed' in said) measure('sagasAborted', 1);
    };
    return sagaStep({ ...stepping, executions: { ...stepping.executions, answer } })(call);
  };
