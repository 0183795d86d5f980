import type { Segment } from './event-store.ts';
import type { Delivery } from './gate.ts';
import type { AnyProjection } from './projection.ts';
import { project, type Stores } from './projector.ts';
import { streamName } from './stream.ts';

/** How far a segment of a rebuild is: all of it is in, or where to go on. */
export interface Filled {
  readonly commits: number;
  readonly cursor?: string;
}

/**
 * Brings a projection up to one page of the log. The live stream feeds it too: the gate makes the overlap harmless, and a page
 * that is done twice changes nothing. @throws the first error of a stream that could not be brought up to date.
 */
export const fillPage = async (stores: Stores, projection: AnyProjection, segment: Segment, cursor?: string): Promise<Filled> => {
  const page = await stores.eventStore.scan(segment, cursor);
  const deliveries: Delivery[] = [...Map.groupBy(page.commits, ({ stream }) => streamName(stream)).values()].flatMap((commits) =>
    commits.slice(0, 1).map(({ stream }) => ({ stream, commits })),
  );
  const failed = await project(stores, projection, deliveries);
  for (const error of failed.values()) throw error;
  return { commits: page.commits.length, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
};

/** How many segments fill a projection side by side. Documents of many streams are filled by one: several would only be in each other's way. */
export const segmentsFor = ({ key }: AnyProjection, most: number): readonly Segment[] =>
  Array.from({ length: key === undefined ? most : 1 }, (_, index, of = key === undefined ? most : 1) => ({ index, of }));
