import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { entries } from '../account.ts';
import type { Bench } from '../bench.ts';
import { projected, sizeOf, type WireItem } from '../engine/item.ts';
import type { TableShape } from '../engine/tables.ts';
import type { Store } from '../stores/store.ts';

export interface StorageCosts {
  readonly eventsPerCommand: number;
  /** The bytes of items and index entries, per event. */
  readonly bytes: number;
  /** The same with the 100 bytes that AWS adds to each item and index entry. */
  readonly billedBytes: number;
  /** The write units over all commands of the row. */
  readonly writeUnits: { readonly mean: number; readonly least: number; readonly most: number };
}

/** Sends commands in a row to one stream. Measures their bill and the stored bytes. Undefined, if a command cannot have several events. */
export const measureStorage = async (
  bench: Bench,
  store: Store,
  { commands, eventsPerCommand }: { readonly commands: number; readonly eventsPerCommand: number },
): Promise<StorageCosts | undefined> => {
  const { process, meter } = bench.metered(store);
  const id = randomUUID();
  const before = await storedIn(bench.probe, store.tables);
  const units: number[] = [];
  for (let number = 0; number < commands; number++) {
    meter.reset();
    const done = await process.move(id, entries(eventsPerCommand, number * eventsPerCommand), randomUUID()).then(
      () => true,
      () => false,
    );
    if (!done) return undefined;
    units.push(meter.bill().writeUnits);
  }
  const after = await storedIn(bench.probe, store.tables);
  const events = commands * eventsPerCommand;
  const bytes = after.bytes - before.bytes;
  return {
    eventsPerCommand,
    bytes: bytes / events,
    billedBytes: (bytes + 100 * (after.pieces - before.pieces)) / events,
    writeUnits: { mean: units.reduce((sum, one) => sum + one, 0) / commands, least: Math.min(...units), most: Math.max(...units) },
  };
};

const storedIn = async (client: DynamoDBClient, tables: readonly TableShape[]): Promise<{ bytes: number; pieces: number }> => {
  let [bytes, pieces] = [0, 0];
  for (const { name, keys, indexes = [] } of tables) {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: name, ConsistentRead: true })) {
      for (const item of Items as unknown as WireItem[]) {
        const kept = [item, ...indexes.map((index) => projected(item, index, keys))].filter((piece) => piece !== undefined);
        pieces += kept.length;
        bytes += kept.reduce((sum, piece) => sum + sizeOf(piece), 0);
      }
    }
  }
  return { bytes, pieces };
};
