import * as z from 'zod';
import { Unwritable } from '../basics/errors.ts';
import { streamName } from '../basics/stream.ts';
import { type Commit, lastVersion } from '../log/event-store.ts';
import { type Delivery, gate } from '../log/gate.ts';
import { demandKnown } from '../log/newer-release.ts';
import { Poison } from '../log/poison.ts';
import type { ProjectionPorts, ProjectOptions } from '../read/ports.ts';
import { defineProjection, nothing } from '../read/projection.ts';
import { faultOf, progressKey, type Row } from '../read/read-models.ts';
import { isPassedOver } from '../read/waiting.ts';
import type { IntegrationEvent } from './publication.ts';

/** Carries integration events to their listeners. */
export interface EventBus {
  /**
   * Resolves when the bus has the event. After an error the bus may have it or not, so publish it again: listeners recognise it by source
   * and id.
   * @throws Unwritable if the bus rejects the event for good; Unavailable.
   */
  publish(event: IntegrationEvent): Promise<void>;
}

export interface RelayPorts extends ProjectionPorts {
  readonly bus: EventBus;
  /** The integration events of a commit, in order. @throws Poison. */
  readonly integrationEvents: (commit: Commit) => readonly IntegrationEvent[];
  /** Whether any event of an aggregate is published. */
  readonly isPublished: (aggregate: string) => boolean;
}

/** How far each stream is published. It is a read model without documents, so the gate, parking, audit and redrive work for it as well. */
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
 * Publishes the new commits of a batch of deliveries, one per stream: at least once, and each stream in its order. It stops a stream at the
 * first event that the bus did not accept. Returns the errors of the streams that it could not finish, by stream name.
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
    await Promise.all(deliveries.filter(({ stream }) => relaying.isPublished(stream.aggregate)).map(run)); // So the bus can batch them.
    return failed;
  };

const relayStream = async (relaying: RelayPorts, delivery: Delivery, options: ProjectOptions): Promise<void> => {
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
    if (isPassedOver(row, relaying, options)) return;
    const commits = await after(row.version);
    if (commits.length === 0 && row.parked === undefined) return;
    const { reached, error } = await publishInOrder(relaying, row, commits);
    const isKept = reached === row || (await readModels.write(relayPositions, [{ key, tenant, from: row.version, next: reached }]));
    if (error !== undefined) throw error;
    if (isKept && reached.parked !== undefined) return;
    // Ask the gate again: it reads a long gap page by page. `isKept` is false if another relay has published the same commits.
    row = isKept ? reached : await read();
    conflicts += isKept ? 0 : 1;
  }
  throw new Error(`relay: other relays changed the position of ${streamName(delivery.stream)} ${maxConflicts} times`);
};

interface Progress {
  /** The position after the last commit that is published whole. */
  readonly reached: Row;
  /** Why later commits are not published. */
  readonly error?: unknown;
}

/**
 * Publishes each event after the bus has accepted the previous one. An event that the bus rejects for good, or that a publication cannot
 * make, parks the stream.
 */
const publishInOrder = async (
  { bus, integrationEvents, now, knows }: RelayPorts,
  row: Row,
  commits: readonly Commit[],
): Promise<Progress> => {
  const { parked: _, ...position } = row;
  let reached: Row = row.parked === undefined ? row : position;
  for (const commit of commits) {
    try {
      demandKnown(commit, knows);
      for (const event of integrationEvents(commit)) await bus.publish(event);
    } catch (error) {
      if (error instanceof Poison || error instanceof Unwritable) return { reached: { ...reached, parked: faultOf(commit, error, now()) } };
      return { reached, error };
    }
    reached = { ...nothing, version: lastVersion(commit), recordedAt: commit.recordedAt };
  }
  return { reached };
};
