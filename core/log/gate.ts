import { type Address, streamName } from '../basics/stream.ts';
import { type Commit, type EventStore, lastVersion } from './event-store.ts';

/**
 * Commits of one stream as the stream of the events table delivers them: in any order, repeatedly, or late. A delivery without commits
 * makes the gate read them from the log.
 */
export interface Delivery {
  readonly stream: Address;
  readonly commits: readonly Commit[];
}

/** Counts what a gate finds in a delivery. */
export interface GateObserver {
  /** The number of repeated commits: the follower has them already, or the delivery contains them twice. */
  readonly duplicates: (commits: number) => void;
  /** A commit before one of the delivery is missing, so the gate reads the log. */
  readonly gap: () => void;
}

export interface GatePorts {
  readonly eventStore: Pick<EventStore, 'read'>;
  readonly gateObserver?: GateObserver | undefined;
}

/** Passes the commits of one delivery to one follower. */
export interface Gate {
  /** Counts the commits that a follower at this version has whole as duplicates, each commit once. */
  readonly readAt: (version: number) => void;
  /**
   * The commits after a version, in order, each once; empty if no commit follows. If the version is inside a commit, that commit is the
   * first. A long gap comes page by page: call it again with the new version. @throws Error if a commit was delivered and the log does not have the one before it.
   */
  readonly after: (version: number) => Promise<readonly Commit[]>;
}

const commitsPerPage = 500;
/** A follower brings up to 50 streams up to date in parallel, and holds a page of each. */
const bytesPerPage = 1_000_000;

/**
 * The gate of one delivery to one follower. It drops duplicates. It reads missing commits from the event store at once, because DynamoDB
 * Streams keep the order of an item's records and not of an aggregate's. It passes no commit beyond the delivery, because a revision of a
 * projection must not overtake the revision that leads.
 *
 * Use it like this, with `apply` as the handler of the commits:
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
    observe(distinct.filter((commit) => lastVersion(commit) > counted && lastVersion(commit) <= version).length);
    counted = Math.max(counted, version);
  };
  const after: Gate['after'] = async (version) => {
    const fresh = distinct.filter((commit) => lastVersion(commit) > version);
    const follows = (commit: Commit, index: number) =>
      index === 0 ? commit.version <= version + 1 : commit.version === lastVersion(fresh[index - 1] as Commit) + 1;
    if (commits.length > 0 && fresh.every(follows)) return fresh;
    if (commits.length > 0) gateObserver?.gap();
    const { commits: read } = await eventStore.read(stream, { from: version + 1, limit: commitsPerPage, maxBytes: bytesPerPage });
    if (commits.length === 0) return read;
    if (read.length === 0)
      throw new Error(`${streamName(stream)}: the log does not hold version ${version + 1}, but a later commit was delivered`);
    const last = Math.max(...commits.map(lastVersion));
    return read.filter((commit) => commit.version <= last);
  };
  return { readAt, after };
};
