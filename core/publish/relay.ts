import * as z from 'zod';
import { Unwritable } from '../basics/errors.ts';
import { streamName } from '../basics/stream.ts';
import { type Commit, lastVersion } from '../log/event-store.ts';
import { type Delivery, gate } from '../log/gate.ts';
import { Poison } from '../log/poison.ts';
import type { ProjectionPorts, ProjectOptions } from '../read/ports.ts';
import { defineProjection, nothing } from '../read/projection.ts';
import { faultOf, progressKey, type Row } from '../read/read-models.ts';
import type { IntegrationEvent } from './publication.ts';

/** What takes events to whoever listens. */
export interface EventBus {
  /**
   * Resolves when the bus has the event. Otherwise it may have it or not: published again, it is known by its source and id.
   * @throws Unwritable where the bus will never take it; Unavailable.
   */
  publish(event: IntegrationEvent): Promise<void>;
}

export interface RelayPorts extends ProjectionPorts {
  readonly bus: EventBus;
  /** What leaves of a commit, in order. @throws Poison. */
  readonly integrationEvents: (commit: Commit) => readonly IntegrationEvent[];
  /** Whether anything of an aggregate leaves at all. */
  readonly isPublished: (aggregate: string) => boolean;
}

/** How far each stream was published: a read model without documents, so it is gated, parked, audited and redriven like the others. */
export const relayPositions = defineProjection({
  name: 'relay',
  revision: 1,
  events: {},
  document: z.object({}),
  key: () => undefined,
  initialState: () => ({}),
  evolve: {},
});

const maxConflicts = 10;

/**
 * Publishes what is new of a batch of deliveries, one for each stream: at least once, each stream in its order, and never past
 * an event that the bus did not take. Answers the streams that could not be finished, by name, with the error.
 */
export const relay =
  (relaying: RelayPorts, options: ProjectOptions = { retryParked: false }) =>
  async (deliveries: readonly Delivery[]): Promise<ReadonlyMap<string, unknown>> => {
    const failed = new Map<string, unknown>();
    const run = async (delivery: Delivery): Promise<void> => {
      try {
        await relayStream(relaying, delivery, options);
      } catch (error) {
        failed.set(streamName(delivery.stream), error);
      }
    };
    await Promise.all(deliveries.filter(({ stream }) => relaying.isPublished(stream.aggregate)).map(run)); // So that the bus can pack them.
    return failed;
  };

const relayStream = async (relaying: RelayPorts, delivery: Delivery, { retryParked }: ProjectOptions): Promise<void> => {
  const { readModels } = relaying;
  const { readAt, after } = gate(relaying, delivery);
  const { tenant } = delivery.stream;
  const key = progressKey(relayPositions, delivery.stream);
  const read = async (): Promise<Row> => {
    const row = await readModels.get(relayPositions, key, 'strong');
    readAt(row.version);
    return row;
  };
  let row = await read();
  for (let conflicts = 0; conflicts < maxConflicts; ) {
    if (row.parked !== undefined && !retryParked) return;
    const commits = await after(row.version);
    if (commits.length === 0 && row.parked === undefined) return;
    const { reached, error } = await publishInOrder(relaying, row, commits);
    const isKept = reached === row || (await readModels.write(relayPositions, [{ key, tenant, from: row.version, next: reached }]));
    if (error !== undefined) throw error;
    if (isKept && reached.parked !== undefined) return;
    // Once more through the gate, for a long gap is read page by page. Or another relay has published the same.
    row = isKept ? reached : await read();
    conflicts += isKept ? 0 : 1;
  }
  throw new Error(`relay: ${streamName(delivery.stream)} was moved by others ${maxConflicts} times`);
};

interface Progress {
  /** The position after the last commit of which everything was published. */
  readonly reached: Row;
  /** Why it is not the last of all. */
  readonly error?: unknown;
}

/** Each event after the bus has the one before it. What the bus will never take, or cannot be made, parks the stream. */
const publishInOrder = async ({ bus, integrationEvents, now }: RelayPorts, row: Row, commits: readonly Commit[]): Promise<Progress> => {
  const { parked: _, ...position } = row;
  let reached: Row = row.parked === undefined ? row : position;
  for (const commit of commits) {
    try {
      for (const event of integrationEvents(commit)) await bus.publish(event);
    } catch (error) {
      if (error instanceof Poison || error instanceof Unwritable) return { reached: { ...reached, parked: faultOf(commit, error, now()) } };
      return { reached, error };
    }
    reached = { ...nothing, version: lastVersion(commit), recordedAt: commit.recordedAt };
  }
  return { reached };
};
