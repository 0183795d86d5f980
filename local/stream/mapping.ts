import { setMaxListeners } from 'node:events';
import type { Checkpoints } from './checkpoints.ts';
import type { Clock } from './clock.ts';
import { type Delivery, deliver } from './delivery.ts';
import { type Gathering, gather } from './shard-reader.ts';
import type { Shard, StreamSource } from './source.ts';

/** An event source mapping: where records come from, how they are gathered, and how they are delivered. */
export interface Mapping {
  readonly source: StreamSource;
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
  readonly gathering: Omit<Gathering, 'signal' | 'clock'>;
  readonly delivery: (shard: string) => Omit<Delivery, 'signal' | 'clock' | 'done'>;
  /** Told what went wrong in reading; the mapping goes on by itself. */
  readonly onTrouble: (message: string) => void;
}

export interface RunningMapping {
  /** Delivers nothing more; resolves when what is being delivered is done. */
  stop(): Promise<void>;
}

const discoveryMilliseconds = 5_000;
const troubleMilliseconds = 1_000;

/** Reads every shard of the stream, children after their parents, until it is stopped. */
export const startMapping = (mapping: Mapping): RunningMapping => {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // Each shard has a reader that waits for it.
  const running = discover(mapping, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};

const discover = async (mapping: Mapping, signal: AbortSignal): Promise<void> => {
  const { source, checkpoints, clock, onTrouble } = mapping;
  const readers = new Map<string, Promise<void>>();
  let wake = Promise.withResolvers<void>();
  while (!signal.aborted) {
    await insist(mapping, signal, async () => {
      const shards = await source.shards();
      const unread = await checkpoints.keepOnly(shards.map(({ id }) => id));
      for (const shard of unread) onTrouble(`the records of ${shard} were gone before they could be read`);
      for (const { id } of await startable(shards, checkpoints)) {
        if (readers.has(id)) continue;
        const reader = readShard(mapping, id, signal).finally(() => wake.resolve());
        readers.set(id, reader);
      }
    });
    await Promise.race([clock.pause(discoveryMilliseconds, signal), wake.promise]);
    wake = Promise.withResolvers<void>();
  }
  await Promise.all(readers.values());
};

/** Shards that are not finished and whose parent is, or is gone. */
const startable = async (shards: readonly Shard[], checkpoints: Checkpoints): Promise<readonly Shard[]> => {
  const states = await Promise.all(shards.map(async (shard) => ({ shard, ...(await checkpoints.read(shard.id)) })));
  const unfinished = new Set(states.filter(({ isFinished }) => !isFinished).map(({ shard }) => shard.id));
  return shards.filter(({ id, parent }) => unfinished.has(id) && !unfinished.has(parent ?? ''));
};

/** Reads a shard to its end; after trouble, once more from its checkpoint. */
const readShard = async (mapping: Mapping, shard: string, signal: AbortSignal): Promise<void> => {
  const { source, checkpoints, clock } = mapping;
  await insist(mapping, signal, async () => {
    let { after } = await checkpoints.read(shard);
    const done = async (sequenceNumber: string): Promise<void> => {
      after = sequenceNumber;
      await checkpoints.write(shard, { after, isFinished: false });
    };
    const cursor = source.open(shard, after);
    while (!signal.aborted) {
      const { records, upTo, isLast } = await gather(cursor, { ...mapping.gathering, clock, signal });
      await deliver(records, { ...mapping.delivery(shard), clock, signal, done });
      if (signal.aborted) return;
      if (upTo !== undefined && upTo !== after) await done(upTo);
      if (isLast) return checkpoints.write(shard, { ...(after === undefined ? {} : { after }), isFinished: true });
    }
  });
};

/** Does it until it succeeds: the engine may be slow, or away. */
const insist = async ({ clock, onTrouble }: Mapping, signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (!signal.aborted) onTrouble(`${(error as Error).message}; trying again`);
      await clock.pause(troubleMilliseconds, signal);
    }
  }
};
