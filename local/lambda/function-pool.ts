import { randomUUID } from 'node:crypto';
import type { FunctionError, FunctionSettings, Invocation, Invoke } from './invocation.ts';
import { type Answer, startThread, type Thread } from './thread.ts';

export interface FunctionPool {
  readonly invoke: Invoke;
  /** Other code. What runs ends in its old thread; each invocation that begins from here on has the new code. */
  readonly switchTo: (settings: FunctionSettings) => void;
  readonly stop: () => Promise<void>;
}

const payloadLimitBytes = 6 * 1024 * 1024;

/** A function: as many threads as are busy at a time, up to its concurrency; those that are done wait, warm, for more. */
export const createFunction = (initial: FunctionSettings): FunctionPool => {
  let settings = initial;
  const threads = new Map<Thread, FunctionSettings>();
  const idle: Thread[] = [];
  const waiting: (() => void)[] = [];
  let stopped = false;

  /** Answers no thread once the pool is stopped: a thread that began then would keep the process alive. */
  const acquire = async (): Promise<Thread | undefined> => {
    while (!stopped && idle.length === 0 && threads.size >= settings.concurrency) await new Promise<void>((freed) => waiting.push(freed));
    if (stopped) return undefined;
    const warm = idle.pop();
    if (warm?.isAlive()) return warm;
    if (warm !== undefined) threads.delete(warm); // It crashed after it had answered.
    const thread = startThread(settings);
    threads.set(thread, settings);
    return thread;
  };
  const release = (thread: Thread): void => {
    if (!thread.isAlive()) threads.delete(thread);
    else if (threads.get(thread) === settings) idle.push(thread);
    else retire(thread);
    waiting.shift()?.();
  };

  const retire = (thread: Thread): void => {
    threads.delete(thread);
    void thread.end();
  };
  const switchTo: FunctionPool['switchTo'] = (next) => {
    settings = next;
    for (const thread of idle.splice(0)) retire(thread);
  };

  const invoke: Invoke = async (event, alias) => {
    const requestId = randomUUID();
    const body = JSON.stringify(event);
    if (Buffer.byteLength(body) > payloadLimitBytes) return failed(requestId, 'RequestTooLarge', 'the event is larger than 6 MB');
    const thread = await acquire();
    if (thread === undefined) return failed(requestId, 'Stopped', 'the system is stopping');
    const answer = await thread.ask({ requestId, event: body, alias });
    release(thread);
    if ('error' in answer && !stopped) sayWhy(settings, answer.error);
    return toInvocation(requestId, answer);
  };

  const stop = async (): Promise<void> => {
    stopped = true;
    for (const freed of waiting.splice(0)) freed();
    await Promise.all([...threads.keys()].map((thread) => thread.end()));
  };
  return { invoke, switchTo, stop };
};

const traceLines = 5;

const sayWhy = ({ label, say }: FunctionSettings, { errorType, errorMessage, trace = [] }: FunctionError): void => {
  say(label, `failed: ${errorType}: ${errorMessage}`);
  for (const line of trace.filter((frame) => frame.startsWith('    at ')).slice(0, traceLines)) say(label, line);
};

const failed = (requestId: string, errorType: string, errorMessage: string): Invocation => ({
  requestId,
  ok: false,
  error: { errorType, errorMessage },
});

const toInvocation = (requestId: string, answer: Answer): Invocation => {
  if ('error' in answer) return { requestId, ok: false, error: answer.error };
  if (Buffer.byteLength(answer.payload) > payloadLimitBytes)
    return failed(requestId, 'Function.ResponseSizeTooLarge', 'the response is larger than 6 MB');
  return { requestId, ok: true, payload: JSON.parse(answer.payload) };
};
