import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { streamName } from '../../core/basics/stream.ts';
import type { Commit } from '../../core/log/event-store.ts';
import type { Delivery } from '../../core/log/gate.ts';
import type { AnyProjection } from '../../core/read/projection.ts';
import { projector } from '../../core/read/projector.ts';
import { fineSummary } from '../../examples/fines/fine/summary.ts';
import type { Bench } from '../bench.ts';
import { type Bill, meterOn } from '../engine/meter.ts';
import { createTable } from '../engine/tables.ts';
import { finesTable } from '../fines/log.ts';
import { readTable, storesOn } from '../fines/read-table.ts';
import { totalsPerMonth } from '../fines/totals.ts';
import { foldstream } from '../stores/foldstream.ts';

export interface BatchCosts {
  readonly title: string;
  /** The cost of an event, by the size of its batch. */
  readonly bySize: ReadonlyMap<number, Bill>;
}

const plainSummary: AnyProjection = { ...fineSummary, indexes: {} };

/** In the order of time the events of a batch belong to many fines; one fine after the other, to few. */
const cases: readonly { readonly title: string; readonly projection: AnyProjection; readonly isByStream: boolean }[] = [
  { title: 'a document for each fine', projection: plainSummary, isByStream: false },
  { title: 'the same, one fine after the other', projection: plainSummary, isByStream: true },
  { title: 'a document for each fine, with two indexes', projection: fineSummary, isByStream: false },
  { title: 'totals for each month', projection: totalsPerMonth, isByStream: false },
];

/** Measures the projector's cost for each event of a history that arrives in batches. */
export const measureBatches = async (
  bench: Bench,
  commits: readonly Commit[],
  sizes: readonly number[],
  progress: (text: string) => void,
): Promise<readonly BatchCosts[]> => {
  const results: BatchCosts[] = [];
  for (const { title, projection, isByStream } of cases) {
    progress(`batches: ${title}`);
    const ordered = isByStream ? deliveriesOf(commits).flatMap((delivery) => delivery.commits) : commits;
    const bySize = new Map<number, Bill>();
    for (const size of sizes) bySize.set(size, await costOf(bench, projection, ordered, size));
    results.push({ title, bySize });
  }
  return results;
};

const costOf = async ({ connection, probe }: Bench, projection: AnyProjection, commits: readonly Commit[], size: number): Promise<Bill> => {
  const client: DynamoDBClient = foldstream.connect(connection);
  const table = readTable(projection);
  await createTable(probe, table);
  const meter = meterOn(client, [table, finesTable], probe);
  const project = projector(storesOn(client, projection, table), () => [projection]);
  for (let from = 0; from < commits.length; from += size) {
    const failed = await project(deliveriesOf(commits.slice(from, from + size)));
    for (const error of failed.values()) throw error;
  }
  client.destroy();
  const events = commits.reduce((sum, commit) => sum + commit.events.length, 0);
  const { trips, writeUnits, readUnits } = meter.bill();
  return { trips: trips / events, writeUnits: writeUnits / events, readUnits: readUnits / events };
};

const deliveriesOf = (commits: readonly Commit[]): readonly Delivery[] =>
  [...Map.groupBy(commits, ({ stream }) => streamName(stream)).values()].flatMap((ofStream) =>
    ofStream.slice(0, 1).map(({ stream }) => ({ stream, commits: ofStream })),
  );
