import { type Catalogue, type Message, rowOf } from '../basics/messages.ts';
import type { Address } from '../basics/stream.ts';
import { type Commit, lastVersion, type StoredEvent } from '../log/event-store.ts';
import { currentVersion } from '../log/upcasting.ts';

/** The time that `commitsOf` gives to version n: n seconds after nine. ISO 8601, UTC. */
export const recordedAt = (version: number): string => new Date(Date.UTC(2026, 0, 1, 9, 0, version)).toISOString();

/** The stream of the commits. With its catalogue (`order.events`) events have the current schema version; without it, version 1. */
export interface CommitsOf extends Address {
  readonly events?: Catalogue;
}

/** An event to commit. `schema` sets an older schema version. */
export interface EventToCommit extends Message {
  readonly schema?: number;
}

/**
 * Commits as a store returns them. Each list of events is one commit, and the commits follow each other from version 1.
 *
 * @example
 * const commits = commitsOf({ aggregate: 'order', id: '42', events: order.events }, [placed], [approved, shipped]);
 * const old = commitsOf({ aggregate: 'order', id: '42', events: order.events }, [{ type: 'OrderPlaced', schema: 1, data: { total: 3 } }]);
 */
export const commitsOf = ({ events: catalogue = {}, ...stream }: CommitsOf, ...all: readonly (readonly EventToCommit[])[]): Commit[] => {
  const commits: Commit[] = [];
  for (const events of all) {
    const before = commits.at(-1);
    const version = before === undefined ? 1 : lastVersion(before) + 1;
    const id = `command-${commits.length + 1}`;
    const cause = { commandId: id, correlationId: id, causationId: id };
    commits.push({
      stream,
      version,
      events: events.map((event) => toStoredEvent(catalogue, event)),
      recordedAt: recordedAt(version),
      ...cause,
    });
  }
  return commits;
};

/** An event with its schema version: the given one, or the current one. */
export const toStoredEvent = (catalogue: Catalogue, { schema, ...event }: EventToCommit): StoredEvent => {
  const declared = rowOf(catalogue, event.type);
  return { ...event, schema: schema ?? (declared === undefined ? 1 : currentVersion(declared)) };
};
