import { type Address, streamName } from '../../core/basics/stream.ts';
import type { Commit, EventStore } from '../../core/log/event-store.ts';
import type { Delivery } from '../../core/log/gate.ts';
import { documentReader } from '../../core/read/document-reader.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import type { AnyProjection } from '../../core/read/projection.ts';
import { projector } from '../../core/read/projector.ts';
import type { ReadModels, Row } from '../../core/read/read-models.ts';

export const storesOf = (eventStore: EventStore, readModels: ReadModels): ProjectionPorts => ({
  eventStore,
  readModels,
  now: () => new Date(),
  pause: async () => {},
});

/** Every commit of the store, over all pages. */
export const everyCommit = async (eventStore: EventStore): Promise<readonly Commit[]> => {
  const found: Commit[] = [];
  for (let cursor: string | undefined, isLast = false; !isLast; isLast = cursor === undefined) {
    const page = await eventStore.scan({ index: 0, of: 1 }, cursor);
    found.push(...page.commits);
    cursor = page.cursor;
  }
  return found;
};

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
