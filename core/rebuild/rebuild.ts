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
  /** The log has streams of every aggregate; those that a projection does not listen to would only get into its keys. */
  readonly isListening: (projection: AnyProjection, stream: Address) => boolean;
}

/** How far a segment of a rebuild is: all of it is in, or where to go on. */
export interface Filled {
  readonly commits: number;
  readonly cursor?: string;
}

/**
 * Brings a projection up to one page of the log. The live stream feeds it too: the gate makes the overlap harmless, and a page
 * that is done twice changes nothing. @throws the first error of a stream that could not be brought up to date.
 */
export const fillPage = async ({ stores, projection, isListening }: FillPorts, segment: Segment, cursor?: string): Promise<Filled> => {
  const page = await stores.eventStore.scan(segment, cursor);
  const listenedTo = deliveriesOf(page.commits).filter(({ stream }) => isListening(projection, stream));
  const deliveries = isOfOneStream(projection) ? await insertNew(stores, projection, listenedTo) : listenedTo;
  const atATime = isOfOneStream(projection) ? streamsAtATime : deliveries.length; // Those of many streams are written in turn.
  for (let rest = deliveries; rest.length > 0; rest = rest.slice(atATime)) {
    const failed = await project(stores, projection, rest.slice(0, atATime));
    for (const error of failed.values()) throw error;
  }
  return { commits: page.commits.length, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
};

/** Puts the documents of new streams into the table, many at once. Answers what is left: the gate knows what to do with it. */
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

/** The parts that the log is filled and audited in. */
export const segmentsOf = (most: number): readonly Segment[] => Array.from({ length: most }, (_, index) => ({ index, of: most }));

/** Whether segments are filled side by side. Of documents of many streams they would only be in each other's way: one after the other. */
export const isFilledSideBySide = isOfOneStream;
