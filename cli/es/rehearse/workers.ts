import { Worker } from 'node:worker_threads';
import { BrokenHistory } from '../../../core/rehearse/streams.ts';
import { ownModule } from '../../../lib/folders.ts';
import type { Job } from './jobs.ts';
import type { Shard } from './shards.ts';
import type { Answered, Asked, WorkerSettings } from './worker.ts';

type Done = Extract<Answered, { readonly totals: unknown }>;

export interface Workers {
  /** Does all jobs, each by the next free worker. @throws BrokenHistory; Error if a worker ends. */
  run(jobs: readonly Job[], onDone: (job: Job, done: Done) => void): Promise<void>;
  /** The events of documents of many streams, as all workers have written them. */
  handOver(): Promise<readonly Shard[]>;
  stop(): Promise<void>;
}

/** Threads, each with a heap and the domains of its own. */
export const startWorkers = (count: number, settings: Omit<WorkerSettings, 'name'>): Workers => {
  const workers = Array.from({ length: count }, (_, index) => {
    const workerData: WorkerSettings = { ...settings, name: String(index) };
    return new Worker(ownModule('cli/es/rehearse/worker'), { workerData });
  });
  return {
    run: async (jobs, onDone) => {
      const waiting = jobs.values();
      await Promise.all(
        workers.map(async (worker) => {
          for (const job of waiting) onDone(job, (await ask(worker, job)) as Done);
        }),
      );
    },
    handOver: async () => {
      const all = await Promise.all(workers.map((worker) => ask(worker, { kind: 'hand over' })));
      return all.flatMap((one) => (one as { readonly shards: readonly Shard[] }).shards);
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
};

const ask = (worker: Worker, asked: Asked): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const heard = (answered: Answered) => {
      done();
      if (!('error' in answered)) resolve(answered);
      else reject(answered.line === undefined ? new Error(answered.error) : new BrokenHistory(answered.line, answered.error));
    };
    const failed = (error: Error) => {
      done();
      reject(new Error(reasonOf(error), { cause: error }));
    };
    const ended = (code: number) => failed(new Error(`a worker ended with code ${code}: does the domain end the process?`));
    const done = () => worker.off('message', heard).off('error', failed).off('exit', ended);
    worker.on('message', heard).on('error', failed).on('exit', ended);
    worker.postMessage(asked);
  });

const reasonOf = (error: Error & { readonly code?: string }): string =>
  error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'A worker has no memory left. Give it more: NODE_OPTIONS=--max-old-space-size=4096'
    : error.message;
