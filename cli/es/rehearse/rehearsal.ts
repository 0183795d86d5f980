import { statSync } from 'node:fs';
import { BrokenHistory } from '../../../core/rehearse/streams.ts';
import { noTotals, sumOf, type Totals } from '../../../core/rehearse/totals.ts';
import { progressOf } from '../progress.ts';
import type { Job } from './jobs.ts';
import type { Folders } from './releases.ts';
import type { Shard } from './shards.ts';
import { splitExport } from './split-export.ts';
import { startWorkers, type Workers } from './workers.ts';

export interface RehearsalOptions {
  /** The export; `-` is the standard input. */
  readonly file: string;
  readonly folders: Folders;
  readonly only: string | undefined;
  readonly limit: number;
  readonly examples: number;
  readonly workers: number;
  readonly largestShard: number;
  /** Where the parts of the export are written: as much text as the export has. */
  readonly folder: string;
  readonly onWorkers: (workers: Workers) => void;
}

export interface Rehearsed extends Totals {
  readonly workers: number;
  /** The largest heap that a worker had at the end of a part. */
  readonly heapBytes: number;
}

/** Rehearses an export: parts it into streams, rehearses the streams, and then the documents of many streams. */
export const rehearseExport = async (options: RehearsalOptions): Promise<Rehearsed> => {
  const streams = await splitWithBar(options);
  const { folders, only, examples, folder, largestShard, file } = options;
  const count = Math.min(options.workers, streams.length);
  const workers = startWorkers(count, { folders, only, examples, folder, largestShard });
  options.onWorkers(workers);
  let totals: Totals = noTotals;
  let heapBytes = 0;
  const runAll = async (title: string, jobs: readonly Job[]): Promise<void> => {
    const bar = progressOf(title, linesOf(jobs), 'events');
    try {
      await workers.run(jobs, (job, done) => {
        totals = sumOf(totals, done.totals, examples);
        heapBytes = Math.max(heapBytes, done.heapBytes);
        bar.add(linesOf([job]));
      });
    } finally {
      bar.stop();
    }
  };
  try {
    await runAll(
      'rehearsing',
      streams.map((shard) => ({ kind: 'streams', shards: [shard] })),
    );
    const documents = Map.groupBy(await workers.handOver(), ({ index }) => index);
    if (documents.size > 0)
      await runAll(
        'documents ',
        [...documents.values()].map((shards) => ({ kind: 'documents', shards })),
      );
    return { ...totals, workers: count, heapBytes };
  } catch (error) {
    throw error instanceof BrokenHistory ? new Error(`${file}:${error.line}: ${error.message}`, { cause: error }) : error;
  } finally {
    await workers.stop();
  }
};

const splitWithBar = async ({ file, folder, limit }: RehearsalOptions): Promise<readonly Shard[]> => {
  const bar = progressOf('reading   ', file === '-' ? 0 : statSync(file).size, 'bytes');
  try {
    return await splitExport({ file, folder, limit, onRead: (bytes) => bar.add(bytes) });
  } finally {
    bar.stop();
  }
};

const linesOf = (jobs: readonly Job[]): number => jobs.flatMap(({ shards }) => shards).reduce((sum, { lines }) => sum + lines, 0);
