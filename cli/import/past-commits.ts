import { isDeepStrictEqual } from 'node:util';
import { Invalid } from '../../core/basics/errors.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import type { Entry } from '../../core/import/mapping.ts';
import { type CommandId, type Commit, type EventStore, hasIdOf, lastVersion } from '../../core/log/event-store.ts';
import { fromStored } from '../../core/log/stored-events.ts';

/** Which requests a stream answered, up to a version; it grows as the stream does. */
interface Index {
  readonly versions: Map<string, number>;
  upTo: number;
}

export interface PastCommits {
  /** What the entry recorded in the first `upTo` events of its stream. @throws Invalid where only the id is the same. */
  find(entry: Entry, upTo: number): Promise<Commit | undefined>;
  /** A commit that follows what is known of its stream: that does not have to be read. */
  note(commit: Commit): void;
}

const commitsPerPage = 1000;

/**
 * Finds commits in streams that are longer than a tail remembers, from the first one on: a stream is read once, and its ids are
 * kept, of the streams that were used last, up to a limit over all streams.
 */
export const pastCommits = (eventStore: EventStore, maxIds = 1_000_000): PastCommits => {
  const kept = new Map<string, Index>(); // In the order of use.
  let ids = 0;

  const drop = (name: string): void => {
    ids -= kept.get(name)?.versions.size ?? 0;
    kept.delete(name);
  };
  const indexOf = async (stream: Address, upTo: number): Promise<Index> => {
    const name = streamName(stream);
    const index = kept.get(name) ?? { versions: new Map(), upTo: 0 };
    drop(name);
    await extend(eventStore, stream, index, upTo);
    kept.set(name, index);
    ids += index.versions.size;
    for (const oldest of kept.keys()) if (ids > maxIds && oldest !== name) drop(oldest);
    return index;
  };

  return {
    find: async (entry, upTo) => {
      const version = (await indexOf(entry.stream, upTo)).versions.get(keyOf(entry.request));
      if (version === undefined) return undefined;
      const { commits } = await eventStore.read(entry.stream, { from: version, limit: 1 });
      return commits.find((commit) => isOf(entry, commit));
    },
    note: (commit) => {
      const index = kept.get(streamName(commit.stream));
      if (index?.upTo !== commit.version - 1) return;
      index.versions.set(keyOf(commit), commit.version);
      index.upTo = lastVersion(commit);
      ids += 1;
    },
  };
};

/** The id of a command as text: two ids have the same text if they are the same. A comma and a space are in no id of the service. */
const keyOf = ({ commandId, commandFrom, actor = '' }: CommandId): string =>
  commandFrom === undefined ? commandId : `,${commandId} ${actor}`;

const extend = async (eventStore: EventStore, stream: Address, index: Index, upTo: number): Promise<void> => {
  while (index.upTo < upTo) {
    const { commits } = await eventStore.read(stream, { from: index.upTo + 1, limit: commitsPerPage });
    const last = commits.at(-1);
    if (last === undefined) throw new Error(`${streamName(stream)} ends at version ${index.upTo}, and was at ${upTo} before`);
    for (const commit of commits) index.versions.set(keyOf(commit), commit.version);
    index.upTo = lastVersion(last);
  }
};

/** Compares the events as this code reads them: an earlier release may have recorded them in an older schema version. */
const isOf = ({ decider, stream, events, request }: Entry, commit: Commit): boolean => {
  if (!hasIdOf(commit, request)) return false;
  const lifted = fromStored(decider.events, commit).map(({ type, data }) => ({ type, data }));
  if (isDeepStrictEqual(lifted, JSON.parse(JSON.stringify(events)))) return true;
  throw new Invalid('IdempotencyKeyReused', `'${request.commandId}' was recorded on ${streamName(stream)} with other events`);
};
