import { type Commit, type EventStore, lastVersion } from './event-store.ts';
import { type AnyProjection, evolveDocument, nothing, type Versioned } from './projection.ts';
import type { ReadModels } from './read-models.ts';
import { type Address, streamName } from './stream.ts';

export interface Projecting {
  readonly eventStore: EventStore;
  readonly readModels: ReadModels;
  /** The projections that listen to an aggregate. */
  readonly projectionsOf: (aggregate: string) => readonly AnyProjection[];
}

/**
 * Brings every read model up to the commits of a batch, which may come twice, late and in any order.
 * Answers the streams that could not be brought up to date, by name, with the error; the others are done.
 */
export const projector =
  ({ eventStore, readModels, projectionsOf }: Projecting) =>
  async (batch: readonly Commit[]): Promise<ReadonlyMap<string, unknown>> => {
    const streams = Map.groupBy(batch, ({ stream }) => streamName(stream));
    const failed = new Map<string, unknown>();
    const bringUp = async (name: string, commits: readonly Commit[], stream: Address): Promise<void> => {
      const projections = projectionsOf(stream.aggregate);
      const results = await Promise.allSettled(
        projections.map((projection) => project({ eventStore, readModels }, projection, stream, commits)),
      );
      const failure = results.find((result) => result.status === 'rejected');
      if (failure !== undefined) failed.set(name, failure.reason);
    };
    await Promise.all([...streams].flatMap(([name, commits]) => commits.slice(0, 1).map(({ stream }) => bringUp(name, commits, stream))));
    return failed;
  };

type Stores = Pick<Projecting, 'eventStore' | 'readModels'>;

const maxConflicts = 10;
const commitsPerPage = 500;

/** One stream in one projection: all new commits of the batch in one conditional write. */
const project = async (stores: Stores, projection: AnyProjection, stream: Address, delivered: readonly Commit[]): Promise<void> => {
  const { readModels } = stores;
  // A stream's first commit finds no document in all but the rarest case: the read is saved, and the write's condition decides.
  let before = delivered.some(({ version }) => version === 1) ? nothing : await readModels.get(projection, stream.id, 'strong');
  for (let conflicts = 0; conflicts < maxConflicts; ) {
    const commits = await gate(stores.eventStore, stream, before, delivered);
    if (commits.length === 0) return;
    const after = evolveDocument(projection, before, commits);
    if (await readModels.replace(projection, stream.id, before.version, after)) {
      before = after; // Once more through the gate: a long gap is repaired page by page.
    } else {
      before = await readModels.get(projection, stream.id, 'strong'); // Another writer was first, or our own write whose answer was lost.
      conflicts += 1;
    }
  }
  throw new Error(`${projection.name}: ${streamName(stream)} was moved by others ${maxConflicts} times`);
};

/**
 * The commits that follow the document, in order, each once: duplicates are dropped, and where one is missing it is read
 * from the event store at once, because the stream promises order for an item and not for an aggregate.
 */
const gate = async (
  eventStore: EventStore,
  stream: Address,
  { version }: Versioned,
  delivered: readonly Commit[],
): Promise<readonly Commit[]> => {
  const fresh = delivered.filter((commit) => commit.version > version).sort((a, b) => a.version - b.version);
  const once = fresh.filter((commit, index) => commit.version !== fresh[index - 1]?.version);
  const follows = (commit: Commit, index: number) =>
    commit.version === (index === 0 ? version : lastVersion(once[index - 1] as Commit)) + 1;
  if (once.every(follows)) return once;
  return (await eventStore.read(stream, { from: version + 1, limit: commitsPerPage })).commits;
};
