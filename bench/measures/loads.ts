import type { Bench } from '../bench.ts';
import { interleaved, timed } from '../statistics.ts';
import { raw, readAll } from '../stores/raw.ts';
import type { Store } from '../stores/store.ts';

export interface LoadCost {
  readonly trips: number;
  readonly readUnits: number;
  /** The number of events in the loaded state. */
  readonly events: number;
  /** The time of the load, relative to the raw queries for all events. */
  readonly ratio: number;
}

export interface LoadPlan {
  readonly events: number;
  /** Of the interleaved timing. */
  readonly rounds: number;
  readonly isMemoryMeasured: boolean;
}

/** The id of the stream with this many events, the same in every store. */
export const streamOf = (events: number): string => `long-${events}`;

/** Fills a stream of every store. Stores that share their tables share the stream. */
export const fillStreams = async (
  bench: Bench,
  stores: readonly Store[],
  events: number,
  progress: (text: string) => void,
): Promise<void> => {
  const byTables = Map.groupBy(stores, ({ tables }) => tables);
  for (const [store] of byTables.values()) {
    if (store === undefined) continue;
    progress(`a stream of ${events.toLocaleString('en')} events: ${store.name}`);
    await bench.quiet(store).fill(streamOf(events), events);
  }
};

export const measureLoads = async (bench: Bench, stores: readonly Store[], { events, rounds }: LoadPlan): Promise<Map<Store, LoadCost>> => {
  const id = streamOf(events);
  const { times } = await interleaved<string>(rounds, 'raw queries', {
    'raw queries': () => timed(() => readAll(bench.client(raw), id)),
    ...Object.fromEntries(stores.map((store) => [store.name, () => timed(() => bench.fresh(store).load(id))])),
  });
  const costs = new Map<Store, LoadCost>();
  for (const store of stores) {
    const { process, meter } = bench.metered(store);
    const { movements } = await process.load(id);
    const { trips, readUnits } = meter.bill();
    costs.set(store, { trips, readUnits, events: movements, ratio: times[store.name] as number });
  }
  return costs;
};
