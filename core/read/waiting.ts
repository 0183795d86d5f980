import { type Address, parseStreamName, streamName } from '../basics/stream.ts';
import type { Delivery } from '../log/gate.ts';
import { type ProjectionPorts, type ProjectOptions, streamsAtATime } from './ports.ts';
import type { AnyProjection } from './projection.ts';
import type { Fault, Row } from './read-models.ts';

// A stream waits at an event of a newer release. It is stored as parked, with what a release must know to go on. Such a release tries the
// stream again by itself: at the stream's next event, and once a minute.

/** Whether a follower passes over a stream: the stream is parked, and this code cannot do better than the code that parked it. */
export const isPassedOver = ({ parked }: Row, stores: Pick<ProjectionPorts, 'knows'>, { retryParked }: ProjectOptions): boolean =>
  parked !== undefined && !retryParked && !isAwaited(parked, stores);

/** Whether a stream waited for this code. */
const isAwaited = ({ needs }: Fault, { knows }: Pick<ProjectionPorts, 'knows'>): boolean =>
  needs !== undefined && (knows === undefined || knows(needs));

/** A delivery up to the stream's present end, and not beyond it, so that no revision overtakes the leader. */
export const deliveryOf = async ({ eventStore }: Pick<ProjectionPorts, 'eventStore'>, stream: Address): Promise<Delivery> => {
  const { commits } = await eventStore.read(stream, { from: Number.MAX_SAFE_INTEGER, limit: 1, newestFirst: true });
  return { stream, commits };
};

export interface Waking {
  readonly stores: ProjectionPorts;
  /** The projections, or the relay's positions. */
  readonly followers: readonly AnyProjection[];
  /** Brings streams up to date, as for new commits. Returns the errors of the streams that failed, by stream name. */
  readonly bringUp: (deliveries: readonly Delivery[]) => Promise<ReadonlyMap<string, unknown>>;
  readonly until: Date;
}

/**
 * Brings the streams that waited for this code up to date, until the time is up. Call it repeatedly: the next call finds the rest. Returns
 * the number of streams, and the errors of those that failed.
 */
export const wake = async ({
  stores,
  followers,
  bringUp,
  until,
}: Waking): Promise<{ readonly streams: number; readonly failed: ReadonlyMap<string, unknown> }> => {
  const waited = new Set<string>();
  for (const follower of followers) for await (const stream of waitingFor(stores, follower, until)) waited.add(stream);
  const failed = new Map<string, unknown>();
  let streams = 0;
  for (let rest = [...waited]; rest.length > 0 && stores.now() < until; rest = rest.slice(streamsAtATime)) {
    const some = rest.slice(0, streamsAtATime);
    const deliveries = await Promise.all(some.map((name) => deliveryOf(stores, parseStreamName(name))));
    for (const [stream, error] of await bringUp(deliveries)) failed.set(stream, error);
    streams += some.length;
  }
  return { streams, failed };
};

async function* waitingFor(stores: ProjectionPorts, follower: AnyProjection, until: Date): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await stores.readModels.parked(follower, { ofEveryTenant: true, limit: 100, cursor });
    for (const fault of page.items) if (isAwaited(fault, stores)) yield streamName(parseStreamName(fault.stream));
    cursor = page.cursor;
  } while (cursor !== undefined && stores.now() < until);
}
