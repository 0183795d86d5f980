import { type Address, streamName } from '../basics/stream.ts';
import { type Commit, type EventStore, lastVersion } from './event-store.ts';

/** Commits of one stream as the table's stream delivers them: in any order, twice, or late. No commits: they are to be read. */
export interface Delivery {
  readonly stream: Address;
  readonly commits: readonly Commit[];
}

/** Hears what a gate finds in a delivery. */
export interface GateObserver {
  /** So many commits came again: the follower holds them already, or they stand in the delivery twice. */
  readonly duplicates: (commits: number) => void;
  /** A commit of the delivery is ahead of one that did not come: the gate reads the log. */
  readonly gap: () => void;
}

/** What a gate needs. */
export interface GatePorts {
  readonly eventStore: Pick<EventStore, 'read'>;
  readonly gateObserver?: GateObserver | undefined;
}

/** Lets the commits of one delivery through to one follower. */
export interface Gate {
  /** Counts as duplicates what a follower that was read at this version holds already, each commit once. */
  readonly readAt: (version: number) => void;
  /**
   * The commits that follow a version, in order, each once; empty where nothing follows. A long gap is answered page by page: ask again
   * with the new version. @throws Error where the log does not hold what was delivered.
   */
  readonly after: (version: number) => Promise<readonly Commit[]>;
}

const commitsPerPage = 500;

/**
 * The gate of one delivery to one follower. Duplicates are dropped. Where a commit is missing, the gate reads it from the event store at
 * once, because DynamoDB Streams keep the order of an item and not of an aggregate. Nothing beyond the delivery passes: a revision of a
 * projection that follows another one must not overtake it.
 *
 * @example
 * const { after } = gate({ eventStore }, { stream, commits });
 * for (let next = await after(version); next.length > 0; next = await after(version)) version = await apply(next);
 */
export const gate = ({ eventStore, gateObserver }: GatePorts, { stream, commits }: Delivery): Gate => {
  const distinct = [...new Map(commits.map((commit) => [commit.version, commit])).values()].sort((a, b) => a.version - b.version);
  const observe = (duplicates: number): void => {
    if (duplicates > 0) gateObserver?.duplicates(duplicates);
  };
  observe(commits.length - distinct.length);
  let counted = 0;
  const readAt: Gate['readAt'] = (version) => {
    observe(distinct.filter((commit) => commit.version > counted && commit.version <= version).length);
    counted = Math.max(counted, version);
  };
  const after: Gate['after'] = async (version) => {
    const fresh = distinct.filter((commit) => commit.version > version);
    const follows = (commit: Commit, index: number) =>
      commit.version === (index === 0 ? version : lastVersion(fresh[index - 1] as Commit)) + 1;
    if (commits.length > 0 && fresh.every(follows)) return fresh;
    if (commits.length > 0) gateObserver?.gap();
    const { commits: read } = await eventStore.read(stream, { from: version + 1, limit: commitsPerPage });
    if (commits.length === 0) return read;
    if (read.length === 0)
      throw new Error(`${streamName(stream)}: the log does not hold version ${version + 1}, and what follows it was delivered`);
    const last = Math.max(...commits.map(lastVersion));
    return read.filter((commit) => commit.version <= last);
  };
  return { readAt, after };
};
