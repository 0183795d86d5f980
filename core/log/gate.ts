import { type Address, streamName } from '../basics/stream.ts';
import { type Commit, type EventStore, lastVersion } from './event-store.ts';

/** What has come of a stream: commits in any order, twice or late. None: they are to be read. */
export interface Delivery {
  readonly stream: Address;
  readonly commits: readonly Commit[];
}

const commitsPerPage = 500;

/**
 * The gate: the commits that follow a version, in order, each once. Duplicates are dropped, and where one is missing it is
 * read from the event store at once, because the stream of the table promises order for an item and not for an aggregate.
 * A long gap is answered page by page; an empty answer says that nothing follows. Nothing is answered beyond what was delivered:
 * the revision of a projection that follows another one is not to get ahead of it.
 */
export const newCommits = async (eventStore: EventStore, { stream, commits }: Delivery, version: number): Promise<readonly Commit[]> => {
  const fresh = commits.filter((commit) => commit.version > version).sort((a, b) => a.version - b.version);
  const once = fresh.filter((commit, index) => commit.version !== fresh[index - 1]?.version);
  const follows = (commit: Commit, index: number) =>
    commit.version === (index === 0 ? version : lastVersion(once[index - 1] as Commit)) + 1;
  if (commits.length > 0 && once.every(follows)) return once;
  const { commits: read } = await eventStore.read(stream, { from: version + 1, limit: commitsPerPage });
  if (commits.length === 0) return read;
  if (read.length === 0)
    throw new Error(`${streamName(stream)}: the log does not hold version ${version + 1}, and what follows it was delivered`);
  const last = Math.max(...commits.map(lastVersion));
  return read.filter((commit) => commit.version <= last);
};
