import type { Bench } from '../bench.ts';
import type { Plan } from '../plan.ts';
import { commandStores, loadStores, situationStores } from '../stores/all.ts';
import type { Store } from '../stores/store.ts';
import { type Behaviours, observe } from './behaviours.ts';
import { type Bundle, type BundleCost, measureBundles } from './bundles.ts';
import { type CommandCosts, measureCommands } from './commands.ts';
import { measureFolding } from './folding.ts';
import { fillStreams, type LoadCost, measureLoads } from './loads.ts';
import { measureMemory } from './memory.ts';
import { measureProjections, type ProjectionCosts } from './projections.ts';
import { measureStorage, type StorageCosts } from './storage.ts';
import { measureThroughput, type Throughput } from './throughput.ts';

export interface Results {
  readonly commands: ReadonlyMap<Store, CommandCosts>;
  readonly storage: ReadonlyMap<Store, readonly (StorageCosts | undefined)[]>;
  readonly throughput: readonly Throughput[];
  readonly folding: Readonly<Record<string, number>>;
  readonly loads: readonly {
    readonly events: number;
    readonly costs: ReadonlyMap<Store, LoadCost>;
    readonly memory: ReadonlyMap<Store, number>;
  }[];
  readonly projections: ProjectionCosts;
  readonly behaviours: ReadonlyMap<Store, Behaviours>;
  readonly bundles: Readonly<Record<Bundle, BundleCost>>;
}

/** Makes all measurements, one after the other, because parallel ones would disturb each other. */
export const measureAll = async (bench: Bench, plan: Plan, progress: (text: string) => void): Promise<Results> => {
  const each = async <T>(stores: readonly Store[], what: string, measure: (store: Store) => Promise<T>): Promise<Map<Store, T>> => {
    const results = new Map<Store, T>();
    for (const store of stores) {
      progress(`${what}: ${store.name}`);
      results.set(store, await measure(store));
    }
    return results;
  };
  // This measurement scans the tables, so it runs while they are small.
  const storage = await each(commandStores, 'bytes stored', async (store) => [
    await measureStorage(bench, store, { commands: plan.commandsInARow, eventsPerCommand: 1 }),
    await measureStorage(bench, store, { commands: plan.commandsInARow / 4, eventsPerCommand: 3 }),
  ]);
  const commands = await each(commandStores, 'commands', (store) => measureCommands(bench, store));
  const behaviours = await each(situationStores, 'behaviours', (store) => observe(bench, store));
  progress('bundles');
  const bundles = await measureBundles(plan.importRounds);
  progress('folding');
  const folding = await measureFolding(plan.folding);
  const throughput = await measureThroughput(bench, commandStores, plan.throughput, progress);
  const projections = await measureProjections(bench, plan.projections, progress);
  const loads: Results['loads'][number][] = [];
  for (const load of plan.loads) {
    await fillStreams(bench, loadStores, load.events, progress);
    progress(`loads of ${load.events} events`);
    const costs = await measureLoads(bench, loadStores, load);
    const measured = load.isMemoryMeasured ? loadStores : [];
    const memory = await each(measured, `memory of a load of ${load.events} events`, (store) => measureMemory(bench, store, load.events));
    loads.push({ events: load.events, costs, memory });
  }
  return { commands, storage, throughput, folding, loads, projections, behaviours, bundles };
};
