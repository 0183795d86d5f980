import { DeleteTableCommand, type DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { auditPage } from '../../core/audit/audit.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import type { AnyProjection } from '../../core/read/projection.ts';
import { fillPage, isFilledSideBySide, segmentsOf } from '../../core/rebuild/rebuild.ts';
import { fineSummary } from '../../examples/fines/fine/summary.ts';
import type { Bench } from '../bench.ts';
import { bulkWriter } from '../engine/bulk.ts';
import { createTable, type TableShape } from '../engine/tables.ts';
import { readTable, storesOn } from '../fines/read-table.ts';
import { totalsPerMonth, totalsPerOfficer, totalsPerVehicleClass } from '../fines/totals.ts';
import { median, timed } from '../statistics.ts';
import { projectSdk } from '../stores/foldstream.ts';
import type { Connection } from '../stores/store.ts';

export interface FillCost {
  readonly title: string;
  readonly eventsPerSecond: number;
  /** Events per second, relative to raw writes of the same rows. */
  readonly ratio: number;
  /** The number of streams that the audit finds behind. */
  readonly missing: number;
}

const cases: readonly { readonly title: string; readonly projection: AnyProjection }[] = [
  { title: 'a document for each fine', projection: { ...fineSummary, indexes: {} } },
  { title: 'a document for each fine, with two indexes', projection: fineSummary },
  { title: 'totals for each month', projection: totalsPerMonth },
  { title: 'totals for each officer', projection: totalsPerOfficer },
  { title: 'totals for each vehicle class', projection: totalsPerVehicleClass },
];

const segments = 4;

/** Fills new read models from the fines' log, as a rebuild does, and compares with raw writes of the same rows. */
export const measureFills = async (
  bench: Bench,
  events: number,
  rounds: number,
  progress: (text: string) => void,
): Promise<readonly FillCost[]> => {
  const client = patient(bench.connection);
  const results: FillCost[] = [];
  for (const { title, projection } of cases) {
    progress(`a read model is filled: ${title}`);
    const [fills, floors]: [number[], number[]] = [[], []];
    let missing = 0;
    const { writes, clerk } = noting(patient(bench.connection));
    await inNewTable(bench, projection, (table) => fill(storesOn(clerk, projection, table), projection));
    clerk.destroy();
    for (let round = 0; round < rounds; round++) {
      const filled = await inNewTable(bench, projection, async (table) => {
        const stores = storesOn(client, projection, table);
        const timing = await timed(() => fill(stores, projection));
        missing = Math.max(missing, await behind(stores, projection));
        return timing;
      });
      const written = await inNewTable(bench, projection, (table) => timed(() => writeRaw(client, table.name, writes)));
      fills.push(filled.milliseconds);
      floors.push(written.milliseconds);
    }
    const ratio = median(fills.map((milliseconds, round) => (floors[round] as number) / milliseconds));
    results.push({ title, eventsPerSecond: (events / median(fills)) * 1000, ratio, missing });
  }
  client.destroy();
  return results;
};

/** A client without a Lambda's timeouts: a page of the log is a thousand writes at once, which this engine answers slowly. */
const patient = (connection: Connection): DynamoDBClient => new projectSdk.DynamoDBClient({ ...connection });

const inNewTable = async <T>({ probe }: Bench, projection: AnyProjection, work: (table: TableShape) => Promise<T>): Promise<T> => {
  const table = readTable(projection);
  await createTable(probe, table);
  try {
    return await work(table);
  } finally {
    await probe.send(new DeleteTableCommand({ TableName: table.name }));
  }
};

/** Fills every segment to its end, in parallel or in turn, as a rebuild does. */
const fill = async (stores: ProjectionPorts, projection: AnyProjection): Promise<void> => {
  const filling = { stores, projection, isListening: () => true };
  const fillSegment = async (segment: { readonly index: number; readonly of: number }): Promise<void> => {
    let { cursor } = await fillPage(filling, segment);
    while (cursor !== undefined) ({ cursor } = await fillPage(filling, segment, cursor));
  };
  if (isFilledSideBySide(projection)) await Promise.all(segmentsOf(segments).map(fillSegment));
  else for (const segment of segmentsOf(segments)) await fillSegment(segment);
};

/** Counts the streams that the read model does not hold up to their ends. */
const behind = async (stores: ProjectionPorts, projection: AnyProjection): Promise<number> => {
  const auditing = { stores, projections: [projection], isListening: () => true };
  const whole = { index: 0, of: 1 };
  let page = await auditPage(auditing, whole);
  let missing = page.findings.length;
  while (page.cursor !== undefined) {
    page = await auditPage(auditing, whole, page);
    missing += page.findings.length;
  }
  return missing;
};

// biome-ignore lint/suspicious/noExplicitAny: requests as they go over the wire.
type Any = any;

/** Records the writes of a client. */
const noting = (clerk: DynamoDBClient): { readonly clerk: DynamoDBClient; readonly writes: readonly Any[] } => {
  const writes: Any[] = [];
  clerk.middlewareStack.add(
    (next: Any) => async (args: Any) => {
      const { body, headers } = args.request;
      if (/\.(PutItem|TransactWriteItems|BatchExecuteStatement)$/.test(headers['x-amz-target']))
        writes.push(...writesIn(JSON.parse(new TextDecoder().decode(bytesOf(body)))));
      return next(args);
    },
    { step: 'build', name: 'note' },
  );
  return { clerk, writes };
};

/** Turns each insert of a batch (`INSERT INTO … VALUE {'key': ?, …}`) into a put. */
const writesIn = ({ Statements, ...write }: Any): readonly Any[] =>
  Statements?.map(({ Statement, Parameters }: Any) => {
    const names = [...Statement.matchAll(/'([^']+)': \?/g)].map(([, name]) => name);
    return { Item: Object.fromEntries(names.map((name, index) => [name, Parameters[index]])) };
  }) ?? [write];

const bytesOf = (body: string | Uint8Array): Uint8Array => (typeof body === 'string' ? new TextEncoder().encode(body) : body);

/** Writes the same rows: single ones in batches of 25, four at a time; transactions one after the other. */
const writeRaw = async (client: DynamoDBClient, TableName: string, writes: readonly Any[]): Promise<void> => {
  const isPlain = writes.every(({ Item }) => Item !== undefined);
  const writer = bulkWriter(client, TableName);
  for (const { TransactItems, ...put } of writes) {
    if (isPlain) await writer.put(put.Item);
    else if (TransactItems === undefined) await client.send(new PutItemCommand({ ...put, TableName }));
    else {
      const items = TransactItems.map(({ Put }: Any) => ({ Put: { ...Put, TableName } }));
      await client.send(new TransactWriteItemsCommand({ TransactItems: items }));
    }
  }
  await writer.end();
};
