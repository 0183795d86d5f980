import { streamName } from '../basics/stream.ts';
import type { Delivery } from '../log/gate.ts';
import type { ProjectionPorts, ProjectOptions } from './ports.ts';
import { projectMany } from './project-many.ts';
import { projectStream } from './project-stream.ts';
import { type AnyProjection, isOfOneStream } from './projection.ts';

/** The revision of a projection, by name, that the projector feeds before the others. */
export type LeaderOf = (projection: string) => Promise<number | undefined>;

type Failures = ReadonlyMap<string, unknown>;

/**
 * Brings all read models that listen up to date with a batch of deliveries, one per stream. Returns the errors of the streams that failed,
 * by stream name; all other streams are done.
 */
export const projector =
  (stores: ProjectionPorts, projectionsOf: (aggregate: string) => readonly AnyProjection[], leaderOf: LeaderOf = async () => undefined) =>
  async (deliveries: readonly Delivery[]): Promise<Failures> => {
    const projections = new Set(deliveries.flatMap(({ stream }) => projectionsOf(stream.aggregate)));
    const failures = await Promise.all(
      // Projections are independent: only the revisions of one projection wait for each other and fail together.
      [...Map.groupBy(projections, ({ name }) => name).values()].map((revisions) => {
        const listenedTo = (projection: AnyProjection) =>
          deliveries.filter(({ stream }) => projectionsOf(stream.aggregate).includes(projection));
        return projectRevisions({ stores, leaderOf, listenedTo }, revisions);
      }),
    );
    return new Map(failures.flatMap((failed) => [...failed]));
  };

interface Batch {
  readonly stores: ProjectionPorts;
  readonly leaderOf: LeaderOf;
  readonly listenedTo: (projection: AnyProjection) => readonly Delivery[];
}

/** Feeds the leading revision first. The others get only the streams that it has applied, so no other revision is ahead of it. */
const projectRevisions = async ({ stores, leaderOf, listenedTo }: Batch, revisions: readonly AnyProjection[]): Promise<Failures> => {
  const failed = new Map<string, unknown>();
  const run = async (projection: AnyProjection): Promise<void> => {
    const deliveries = listenedTo(projection).filter(({ stream }) => !failed.has(streamName(stream)));
    for (const [stream, error] of await project(stores, projection, deliveries)) failed.set(stream, error);
  };
  try {
    const leader = revisions.length === 1 ? undefined : await leaderOf(revisions[0]?.name ?? '');
    for (const led of [true, false]) await Promise.all(revisions.filter(({ revision }) => (revision === leader) === led).map(run));
  } catch (error) {
    for (const { stream } of revisions.flatMap(listenedTo)) failed.set(streamName(stream), error); // The leader is unknown.
  }
  return failed;
};

/** Brings one read model up to date with deliveries. Returns the errors of the streams that failed, by stream name. */
export const project = async (
  stores: ProjectionPorts,
  projection: AnyProjection,
  deliveries: readonly Delivery[],
  options: ProjectOptions = { retryParked: false },
): Promise<ReadonlyMap<string, unknown>> => {
  const failed = new Map<string, unknown>();
  const parts = isOfOneStream(projection) ? deliveries.map((delivery) => [delivery]) : [deliveries];
  const bringUp = async (part: readonly Delivery[]): Promise<void> => {
    try {
      if (!isOfOneStream(projection)) await projectMany(stores, projection, part, options);
      else for (const delivery of part) await projectStream(stores, projection, delivery, options);
    } catch (error) {
      for (const { stream } of part) failed.set(streamName(stream), error);
    }
  };
  await Promise.all(parts.map(bringUp));
  return failed;
};
