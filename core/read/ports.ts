import type { EventStore } from '../log/event-store.ts';
import type { Delivery, GatePorts } from '../log/gate.ts';
import type { AnyProjection } from './projection.ts';
import type { ReadModels } from './read-models.ts';

/** What bringing a read model up to date needs: the log, the read tables, a clock, and a wait between conflicts. */
export interface ProjectionPorts extends GatePorts {
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
 * Brings a follower of the log (a projection, or the relay) up to deliveries, one for each stream. Answers the streams that failed, by
 * name, with the error.
 */
export type BringUp = (
  follower: AnyProjection,
  deliveries: readonly Delivery[],
  options?: ProjectOptions,
) => Promise<ReadonlyMap<string, unknown>>;

/** How many streams are brought up side by side: more writes than there are connections would wait until they time out. */
export const streamsAtATime = 50;
