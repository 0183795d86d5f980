import { setTimeout } from 'node:timers/promises';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import type { DynamoTables } from '../../adapters/event-log/dynamo-tables.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import type { LineFormat } from '../../core/import/mapping.ts';
import type { Checkpoint } from './checkpoint.ts';
import { importFile } from './import-file.ts';
import type { Position } from './lines.ts';
import { recorder } from './recorder.ts';
import { barOf, plain, summaryOf } from './report.ts';

export interface Run {
  readonly file: string;
  readonly format: LineFormat;
  readonly tables: DynamoTables;
  readonly concurrency: number;
  readonly checkpoint: Checkpoint;
  readonly from: Position;
  /** The number of the last line of the file. */
  readonly lines: number;
  readonly signal: AbortSignal;
}

const now = (): Date => new Date();
const saveMilliseconds = 1000;

/** Exponential backoff with full jitter, so that throttled requests spread out. */
const pause = (tries: number): Promise<void> => setTimeout(Math.random() * Math.min(20_000, 100 * 2 ** tries));

/** Imports the lines after a position, with a progress bar, and prints a summary. Returns whether all lines were imported. */
export const run = async ({ tables, checkpoint, from, lines, ...job }: Run): Promise<boolean> => {
  const cache = tailCache({ maxEntries: 30_000, maxBytes: 64 * 1024 * 1024 });
  const record = recorder({ eventStore: dynamoEventStore({ ...tables, now }), cache, pause });
  const bar = barOf('importing', lines, from.line);
  const startedAt = performance.now();
  let savedAt = startedAt;
  const onLine = (done: number, reached: Position): void => {
    bar.at(from.line + done);
    if (performance.now() - savedAt < saveMilliseconds) return;
    checkpoint.save(reached);
    savedAt = performance.now();
  };

  const { tally, reached, error } = await importFile({ ...job, record, from, onLine });
  bar.stop();
  for (const line of summaryOf(tally, (performance.now() - startedAt) / 1000)) console.log(line);
  if (error === undefined) {
    checkpoint.clear(); // The next run checks every line again.
    return true;
  }
  checkpoint.save(reached);
  console.error(job.signal.aborted ? 'Interrupted.' : `Stopped at ${error instanceof Error ? error.message : error}`);
  console.error(
    `Lines 1 to ${plain(reached.line)} are recorded, and perhaps some later lines. Run the same command again to continue from there.`,
  );
  return false;
};
