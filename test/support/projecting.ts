import type { Commit, EventStore } from '../../core/event-store.ts';
import type { Delivery } from '../../core/gate.ts';
import { type AnyProjection, foldCommit, nothing, type Versioned } from '../../core/projection.ts';
import { projector, type Stores } from '../../core/projector.ts';
import { documentReader } from '../../core/read.ts';
import type { ReadModels, Row } from '../../core/read-models.ts';
import { type Address, streamName } from '../../core/stream.ts';

export const storesOf = (eventStore: EventStore, readModels: ReadModels): Stores => ({
  eventStore,
  readModels,
  now: () => new Date(),
  pause: async () => {},
});

/** Commits as a batch brings them, by stream. */
export const deliveriesOf = (commits: readonly Commit[]): readonly Delivery[] =>
  [...Map.groupBy(commits, ({ stream }) => streamName(stream)).values()].flatMap((ofStream) =>
    ofStream.slice(0, 1).map(({ stream }) => ({ stream, commits: ofStream })),
  );

/** Delivers batches of commits to projections. */
export const delivering = (stores: {
  readonly eventStore: EventStore;
  readonly readModels: ReadModels;
  readonly projections: readonly AnyProjection[];
}) => {
  const project = projector(storesOf(stores.eventStore, stores.readModels), () => stores.projections);
  return (commits: readonly Commit[]) => project(deliveriesOf(commits));
};

/** A document of one stream, folded from its commits. */
export const foldAll = (projection: AnyProjection, commits: readonly Commit[], before: Versioned = nothing): Versioned =>
  commits.reduce((row, commit) => foldCommit(projection, row, commit), before);

export const replaceRow = (readModels: ReadModels, projection: AnyProjection, key: string, from: number, next: Row): Promise<boolean> =>
  readModels.write(projection, [{ key, tenant: undefined, from, next }]);

/** Reads the document of a stream that holds it up to a version at least. */
export const readAtLeast = (
  stores: { readonly eventStore: EventStore; readonly readModels: ReadModels },
  projection: AnyProjection,
  stream: Address,
  version: number,
) =>
  documentReader(storesOf(stores.eventStore, stores.readModels))({
    projection,
    key: stream.id,
    after: version === 0 ? [] : [{ stream, version }],
    waitSeconds: 0,
  });
