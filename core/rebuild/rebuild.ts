import { type Address, streamName } from '../basics/stream.ts';
import type { Commit, Segment } from '../log/event-store.ts';
import type { Delivery } from '../log/gate.ts';
import { type ProjectionPorts, streamsAtATime } from '../read/ports.ts';
import { firstRow } from '../read/project-stream.ts';
import { type AnyProjection, isOfOneStream } from '../read/projection.ts';
import { project } from '../read/projector.ts';
import { type NewRow, progressKey } from '../read/read-models.ts';

export interface FillPorts {
  readonly stores: ProjectionPorts;
  readonly projection: AnyProjection;
  /** Whether the projection listens to a stream. A fill must skip all other streams of the log, because their ids may equal its keys. */
  readonly isListening: (projection: AnyProjection, stream: Address) => boolean;
}

/** The result of one page: the number of its commits, and the cursor of the next page; without a cursor the segment is done. */
export interface Filled {
  readonly commits: number;
  readonly cursor?: string;
}

/**
 * Brings a projection up to date with one page of the log. The live stream feeds it at the same time: the gate makes the overlap harmless,
 * and filling a page twice changes nothing. @throws the error of the first stream that failed.
 */
export const fillPage = async ({ stores, projection, isListening }: FillPorts, segment: Segment, cursor?: string): Promise<Filled> => {
  const page = await stores.eventStore.scan(segment, cursor);
  const listenedTo = deliveriesOf(page.commits).filter(({ stream }) => isListening(projection, stream));
  const deliveries = isOfOneStream(projection) ? await insertNew(stores, projection, listenedTo) : listenedTo;
  const atATime = isOfOneStream(projection) ? streamsAtATime : deliveries.length; // Documents of many streams are written in turn.
  for (let rest = deliveries; rest.length > 0; rest = rest.slice(atATime)) {
    const failed = await project(stores, projection, rest.slice(0, atATime));
    for (const error of failed.values()) throw error;
  }
  return { commits: page.commits.length, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
};

/** Inserts the documents of new streams, many in one request. Returns the deliveries that it could not insert. */
const insertNew = async (
  stores: ProjectionPorts,
  projection: AnyProjection,
  deliveries: readonly Delivery[],
): Promise<readonly Delivery[]> => {
  const rows: NewRow[] = [];
  for (const { stream, commits } of deliveries) {
    const next = firstRow(stores, projection, commits);
    if (next !== undefined) rows.push({ key: progressKey(projection, stream), tenant: stream.tenant, next });
  }
  const inserted = await stores.readModels.insert(projection, rows);
  return deliveries.filter(({ stream }) => !inserted.has(progressKey(projection, stream)));
};

const deliveriesOf = (commits: readonly Commit[]): readonly Delivery[] =>
  [...Map.groupBy(commits, ({ stream }) => streamName(stream)).values()].flatMap((ofStream) =>
    ofStream.slice(0, 1).map(({ stream }) => ({ stream, commits: ofStream })),
  );

/** The segments in which the log is filled and audited. */
export const segmentsOf = (most: number): readonly Segment[] => Array.from({ length: most }, (_, index) => ({ index, of: most }));

/** Whether segments are filled in parallel. With documents of many streams they would conflict, so they are filled in turn. */
export const isFilledSideBySide = isOfOneStream;
