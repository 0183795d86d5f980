import * as z from 'zod';
import { lift, storedSchemaOf } from '../log/former.ts';
import { checkEvent } from '../log/stored-events.ts';
import type { Domain } from '../registry/domain.ts';
import { type AnyDecider, type EventOf, fold, type StateOf } from '../write/decider.ts';
import type { JsonSchema } from './bounds.ts';
import { incompatible, newestOf, ofFoldingChange, type SchemaFinding } from './comparison.ts';
import { type AggregateLock, type CurrentShapes, type EventLock, mapValues, type SchemaLock } from './lock.ts';
import { samplesOf } from './samples.ts';

export type Digest = (text: string) => string;

/**
 * Tries the locked shapes: it makes samples of every stored version, lifts them to the current schema, and folds them. This must work, and
 * must give the same states as when the lock was written.
 */
export const rehearse = (locked: SchemaLock, { deciders }: Domain, digest: Digest): readonly SchemaFinding[] =>
  deciders.flatMap((decider) => {
    const lock = locked[decider.name];
    return lock === undefined ? [] : rehearseAggregate(decider, lock, digest);
  });

const rehearseAggregate = (decider: AnyDecider, lock: AggregateLock, digest: Digest): readonly SchemaFinding[] => {
  const played = Object.entries(play(decider, lock.events, digest)).filter(([event, outcome]) => {
    const before = lock.outcomes[event];
    return before !== undefined && before !== (outcome instanceof Error ? fails : outcome);
  });
  const failures = played.filter(([, outcome]) => outcome instanceof Error);
  if (failures.length > 0) return failures.map(([event, error]) => unreadable(decider, event, error as Error));
  // Each digest depends on the samples of all events. If an event is missing they cannot be compared, and `compare` reports that.
  const isComplete = Object.keys(lock.events).every((type) => storedSchemaOf(decider.events, type) !== undefined);
  if (!isComplete || (decider.revision ?? 1) !== lock.revision) return [];
  return played.map(([event]) =>
    incompatible({
      path: `${decider.name}.evolve.${event.split('@')[0]}`,
      change: `makes another state of ${event}: the row itself, something it calls, an upcaster or a default has changed`,
      ...ofFoldingChange(decider.name, lock.revision),
    }),
  );
};

const unreadable = ({ name }: AnyDecider, event: string, { message, cause }: Error): SchemaFinding =>
  incompatible({
    path: `${name}.${event}`,
    change: `cannot be read: ${message}${cause instanceof Error && !message.includes(cause.message) ? `: ${cause.message}` : ''}`,
    breaks: `a stream with ${event} (type@version) can no longer be read`,
    remedy: 'the schema after `from` must accept the data of that version, and the upcasters must make data that fits the current schema',
  });

const fails = 'fails';

/** The lock of the present code. It keeps the older versions of events, which the code no longer contains. */
export const renewed = (locked: SchemaLock, current: CurrentShapes, { deciders }: Domain, digest: Digest): SchemaLock =>
  Object.fromEntries(
    deciders.map((decider): [string, AggregateLock] => {
      const shapes = current[decider.name] as CurrentShapes[string];
      const events = mapValues(shapes.events, (event, type) => ({
        ...olderOf(locked[decider.name]?.events[type], newestOf(event)),
        ...event,
      }));
      const outcomes = mapValues(play(decider, events, digest), (outcome) => (outcome instanceof Error ? fails : outcome));
      return [decider.name, { ...shapes, events, outcomes }];
    }),
  );

/** The versions of an event before one. */
export const olderOf = (event: EventLock = {}, version: number): EventLock =>
  Object.fromEntries(Object.entries(event).filter(([one]) => Number(one) < version));

/**
 * For each stored version of each event, a digest of the states after its samples, from the initial state and from after each other event;
 * or the error if it cannot be read. Versions without a possible sample are left out.
 */
const play = (decider: AnyDecider, locked: AggregateLock['events'], digest: Digest): Readonly<Record<string, string | Error>> => {
  const lifted = storedVersions(decider, locked).flatMap(({ type, version, schema }) => {
    const events = samplesThatFit(schema).map((data) => partsOf(decider, { type, version, data }));
    return events.length === 0 ? [] : [{ name: `${type}@${version}`, events }];
  });
  const isReadable = (event: Parts | Error): event is Parts => !(event instanceof Error);
  const firsts = lifted.map(({ events }) => events.filter(isReadable).slice(0, 1));
  return Object.fromEntries(
    lifted.map(({ name, events }) => {
      const states = events.filter(isReadable).map((event) => [[], ...firsts].map((before) => stateAfter(decider, [...before, event])));
      return [name, events.find((event) => event instanceof Error) ?? digest(JSON.stringify(states))];
    }),
  );
};

interface StoredVersion {
  readonly type: string;
  readonly version: number;
  readonly schema: JsonSchema;
}

/** The stored versions of events that the code still has. `compare` reports the missing ones. */
const storedVersions = ({ events }: AnyDecider, locked: Readonly<Record<string, EventLock>>): readonly StoredVersion[] =>
  Object.keys(locked)
    .sort()
    .filter((type) => storedSchemaOf(events, type) !== undefined)
    .flatMap((type) => Object.entries(locked[type] as EventLock).map(([version, schema]) => ({ type, version: Number(version), schema })));

/**
 * The samples that fit a schema. Refinements are code, and old code is gone, so a sample cannot be checked against them: a schema with
 * refinements is tried with its `examples` only.
 */
const samplesThatFit = (schema: JsonSchema): readonly unknown[] => {
  const text = JSON.stringify(schema);
  if (text.includes('"x-checks":') && !text.includes('"examples":')) return [];
  const fits = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  return samplesOf(schema).filter((data) => fits.safeParse(data).success);
};

interface Sample {
  readonly type: string;
  readonly version: number;
  readonly data: unknown;
}

/** The events of today that a stored event is. */
type Parts = readonly EventOf<AnyDecider>[];

const partsOf = (decider: AnyDecider, { type, version, data }: Sample): Parts | Error => {
  try {
    const lifted = lift(decider.events, { type, schema: version, data }, 'a sample');
    return lifted.map((part) => checkEvent(decider.events, { type: part.type, data: part.data }, 'a sample') as EventOf<AnyDecider>);
  } catch (error) {
    return error as Error;
  }
};

const stateAfter = (decider: AnyDecider, events: readonly Parts[]): StateOf<AnyDecider> | 'throws' => {
  const metadata = { recordedAt: '2026-01-01T09:00:00.000Z', actor: 'an actor' };
  try {
    const numbered = events.flatMap((parts, index) => parts.map((part) => ({ ...part, metadata: { version: index + 1, ...metadata } })));
    return fold(decider, numbered as never);
  } catch {
    return 'throws'; // A sample may be impossible in the domain. An error is an outcome as well.
  }
};
