import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { ownModule } from '../../lib/folders.ts';
import { before } from '../waiting.ts';
import type { FunctionError, FunctionSettings } from './invocation.ts';

export type ThreadData = Pick<FunctionSettings, 'codeFolder' | 'handler' | 'name' | 'arn' | 'memoryMegabytes'>;

export interface Question {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  /** The alias that the function is invoked by. */
  readonly alias?: string | undefined;
  /** When the function's time is up, in milliseconds of the epoch. */
  readonly deadline: number;
}

/** What the handler returned, as JSON, or how it failed. */
export type Answer = { readonly payload: string } | { readonly error: FunctionError };

/** What a thread says first: that its code is loaded, or why not. */
export type Loaded = { readonly loaded: true } | { readonly error: FunctionError };

/** One environment of a function: a worker thread that has loaded its code. */
export interface Thread {
  readonly isAlive: () => boolean;
  /** One at a time. Never rejects; a thread that ran out of time or crashed is not alive afterwards. */
  readonly ask: (question: Omit<Question, 'deadline'>) => Promise<Answer>;
  readonly end: () => Promise<unknown>;
}

/** Starts a thread that loads the function's code. It is there at once; the first question waits for the code. */
export const startThread = (settings: FunctionSettings): Thread => {
  const worker = startWorker(settings);
  const { next, isAlive } = messagesOf(worker);
  const loaded = next<Loaded>();
  return {
    isAlive,
    ask: async (question) => {
      const first = await loaded; // The time that loading takes does not count, as Lambda does not count it.
      if ('loaded' in first) {
        const deadline = Date.now() + settings.timeoutSeconds * 1000;
        worker.postMessage({ ...question, deadline } satisfies Question);
        const answer = await before(settings.timeoutSeconds * 1000, next<Answer>());
        if (answer !== undefined) return answer;
      }
      await worker.terminate();
      return 'error' in first ? first : timedOut(question.requestId, settings.timeoutSeconds);
    },
    end: () => worker.terminate(),
  };
};

/** Young objects get less room than V8 would give them: it is taken once for every thread. */
const youngMegabytes = 16;

const startWorker = (settings: FunctionSettings): Worker => {
  const { codeFolder, handler, name, arn, memoryMegabytes, label, say } = settings;
  const worker = new Worker(ownModule('local/lambda/thread-main'), {
    workerData: { codeFolder, handler, name, arn, memoryMegabytes } satisfies ThreadData,
    env: { ...settings.environment },
    execArgv: [], // Whatever this process was started with is not meant for a function.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes, maxYoungGenerationSizeMb: youngMegabytes },
  });
  for (const stream of [worker.stdout, worker.stderr])
    createInterface(stream).on('line', (line) => isForCloudWatch(line) || say(label, line));
  return worker;
};

/** Metrics, in the format in which CloudWatch finds them in a log. There is no CloudWatch here, so they are left out. */
const isForCloudWatch = (line: string): boolean => line.startsWith('{"_aws":');

/** The messages of a worker, one by one. Once it has ended, for whatever reason, that is the answer to everything. */
const messagesOf = (worker: Worker) => {
  let alive = true;
  let reason: string | undefined;
  let deliver: (message: never) => void = () => {};
  worker.on('message', (message) => deliver(message as never));
  worker.on('error', (error) => {
    reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  });
  const ended = new Promise<{ error: FunctionError }>((resolve) => {
    worker.on('exit', (code) => {
      alive = false;
      resolve({
        error: { errorType: 'Runtime.ExitError', errorMessage: `the function's process ended: ${reason ?? `exit status ${code}`}` },
      });
    });
  });
  const next = <T>(): Promise<T | { error: FunctionError }> => {
    const message = new Promise<T>((resolve) => {
      deliver = resolve as typeof deliver;
    });
    return Promise.race([message, ended]);
  };
  return { next, isAlive: () => alive };
};

const timedOut = (requestId: string, timeoutSeconds: number): Answer => ({
  error: {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  },
});
