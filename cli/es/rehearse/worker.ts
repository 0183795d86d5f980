import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { acts } from '../../../core/operate/acts.ts';
import { releaseOf } from '../../../core/rehearse/release.ts';
import { BrokenHistory } from '../../../core/rehearse/streams.ts';
import type { Totals } from '../../../core/rehearse/totals.ts';
import { type Job, runJob } from './jobs.ts';
import { type Folders, loadDomains } from './releases.ts';
import { type Shard, shardsIn } from './shards.ts';

/** What a worker is started with. */
export interface WorkerSettings {
  readonly folders: Folders;
  readonly only: string | undefined;
  readonly examples: number;
  /** Where it writes the events of documents of many streams, and the name of its files. */
  readonly folder: string;
  readonly name: string;
  readonly largestShard: number;
}

/** `hand over`: no further streams come, so the events of documents of many streams are complete. */
export type Asked = Job | { readonly kind: 'hand over' };

export type Answered =
  | { readonly totals: Totals; readonly heapBytes: number }
  | { readonly shards: readonly Shard[] }
  | { readonly error: string; readonly line?: number };

const { folders, only, examples, folder, name, largestShard } = workerData as WorkerSettings;
const domains = await loadDomains(folders);
const options = { only, own: [acts] };
const releases = {
  next: releaseOf(domains.next, options),
  today: domains.today === undefined ? undefined : releaseOf(domains.today, options),
};
const contributions = shardsIn(folder, `documents-${name}`);

const answer = async (asked: Asked): Promise<Answered> => {
  if (asked.kind === 'hand over') return { shards: contributions.close() };
  const totals = await runJob({ releases, examples, contributions, largestShard }, asked);
  return { totals, heapBytes: getHeapStatistics().used_heap_size };
};

parentPort?.on('message', (asked: Asked) => {
  answer(asked)
    .catch((error: Error): Answered => ({ error: error.message, ...(error instanceof BrokenHistory ? { line: error.line } : {}) }))
    .then((answered) => parentPort?.postMessage(answered));
});
