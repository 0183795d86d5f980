import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import type { AnyProjection } from '../../core/read/projection.ts';
import { project } from '../../core/read/projector.ts';
import type { Row } from '../../core/read/read-models.ts';
import { storesOf } from './projecting.ts';

export const memoryStores = (recordingAt: () => Date = () => new Date()): ProjectionPorts =>
  storesOf(memoryEventStore(recordingAt), memoryReadModels());

/** Stands around every call that goes to a store. */
export type Tap = <R>(call: string, act: () => Promise<R>) => Promise<R>;

/** The same stores, where each call goes through a tap: to be counted, delayed or lost. */
export const tapped = (stores: ProjectionPorts, tap: Tap): ProjectionPorts => {
  const { eventStore, readModels } = stores;
  const through =
    <A extends readonly unknown[], R>(name: string, act: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      tap(name, () => act(...args));
  return {
    ...stores,
    eventStore: { ...eventStore, read: through('read', eventStore.read), scan: through('scan', eventStore.scan) },
    readModels: {
      tableOf: readModels.tableOf,
      get: through('get', readModels.get),
      getMany: through('getMany', readModels.getMany),
      write: through('write', readModels.write),
      insert: through('insert', readModels.insert),
      list: through('list', readModels.list),
      parked: through('parked', readModels.parked),
    },
  };
};

/** The same stores, and the calls that went to them. */
export const counted = (stores: ProjectionPorts): { readonly stores: ProjectionPorts; readonly calls: string[] } => {
  const calls: string[] = [];
  const noted = tapped(stores, (name, act) => {
    calls.push(name);
    return act();
  });
  return { stores: noted, calls };
};

/** All streams that a projection has parked. */
export const parkedIn = async ({ readModels }: ProjectionPorts, projection: AnyProjection) => {
  const { items } = await readModels.parked(projection, { limit: 100 });
  return items;
};

/** Brings a projection up to what came, and tells whether all went well. */
export const deliver = async (...args: Parameters<typeof project>): Promise<void> => {
  for (const error of (await project(...args)).values()) throw error;
};

export const rowOf = ({ readModels }: ProjectionPorts, projection: AnyProjection, key: string): Promise<Row> =>
  readModels.get(projection, key, 'strong');
