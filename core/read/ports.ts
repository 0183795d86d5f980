import type { EventStore } from '../log/event-store.ts';
import type { Delivery, GatePorts } from '../log/gate.ts';
import type { Knows } from '../log/newer-release.ts';
import type { AnyProjection } from './projection.ts';
import type { ReadModels } from './read-models.ts';

/** The ports of projectors: the log, the read tables, a clock, and a wait between conflicts. */
export interface ProjectionPorts extends GatePorts {
  readonly eventStore: EventStore;
  readonly readModels: ReadModels;
  readonly now: () => Date;
  /** Waits before the nth conflict is tried again. */
  readonly pause: (conflicts: number) => Promise<void>;
  /**
   * What this code knows. A stream waits at an event that it does not know, instead of going on without it: a newer release may have a row
   * for the event. Absent: everything.
   */
  readonly knows?: Knows | undefined;
}

export interface ProjectOptions {
  /** Tries parked streams again. */
  readonly retryParked: boolean;
}

/**
 * Brings a follower of the log (a projection, or the relay) up to date with deliveries, one per stream. Returns the errors of the streams
 * that failed, by stream name.
 */
export type BringUp = (
  follower: AnyProjection,
  deliveries: readonly Delivery[],
  options?: ProjectOptions,
) => Promise<ReadonlyMap<string, unknown>>;

/** The number of streams that are brought up to date in parallel. More writes than there are connections would queue and time out. */
export const streamsAtATime = 50;

/** The number of streams that are read from the log and brought up to date in parallel. The function holds a page of each. */
export const streamsReadAtATime = 20;
