import type { EventStore } from './event-store.ts';
import type { Delivery } from './gate.ts';
import { projectMany } from './project-many.ts';
import { projectStream } from './project-stream.ts';
import type { AnyProjection } from './projection.ts';
import type { ReadModels } from './read-models.ts';
import { streamName } from './stream.ts';

export interface Stores {
  readonly eventStore: EventStore;
  readonly readModels: ReadModels;
  readonly now: () => Date;
  /** Waits before the nth conflict is tried again. */
  readonly pause: (conflicts: number) => Promise<void>;
}

export interface ProjectOptions {
  /** Tries once more what was parked. */
  readonly retryParked: boolean;
}

/**
 * Brings the read models that listen up to a batch of deliveries, one for each stream.
 * Answers the streams that could not be brought up to date, by name, with the error; the others are done.
 */
export const projector =
  (stores: Stores, projectionsOf: (aggregate: string) => readonly AnyProjection[]) =>
  async (deliveries: readonly Delivery[]): Promise<ReadonlyMap<string, unknown>> => {
    const failed = new Map<string, unknown>();
    const projections = new Set(deliveries.flatMap(({ stream }) => projectionsOf(stream.aggregate)));
    const run = async (projection: AnyProjection): Promise<void> => {
      const listenedTo = deliveries.filter(({ stream }) => projectionsOf(stream.aggregate).includes(projection));
      for (const [stream, error] of await project(stores, projection, listenedTo)) failed.set(stream, error);
    };
    await Promise.all([...projections].map(run)); // None waits for another, and none fails for another.
    return failed;
  };

/** Brings one read model up to date with some streams. Answers those that failed, by name. */
export const project = async (
  stores: Stores,
  projection: AnyProjection,
  deliveries: readonly Delivery[],
  options: ProjectOptions = { retryParked: false },
): Promise<ReadonlyMap<string, unknown>> => {
  const failed = new Map<string, unknown>();
  const parts = projection.key === undefined ? deliveries.map((delivery) => [delivery]) : [deliveries];
  const bringUp = async (part: readonly Delivery[]): Promise<void> => {
    try {
      if (projection.key !== undefined) await projectMany(stores, projection, part, options);
      else for (const delivery of part) await projectStream(stores, projection, delivery, options);
    } catch (error) {
      for (const { stream } of part) failed.set(streamName(stream), error);
    }
  };
  await Promise.all(parts.map(bringUp));
  return failed;
};
