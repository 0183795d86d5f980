import type { FunctionError, Invoke } from '../lambda/invocation.ts';
import { pause } from '../waiting.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type Pending, pendingItems } from './pending.ts';

/** An event that a function gets without a caller that waits for the answer. */
interface Accepted {
  readonly event: unknown;
  /** ISO 8601. */
  readonly acceptedAt: string;
  readonly attempts: number;
  /** ISO 8601: it is not delivered before. */
  readonly notBefore?: string;
}

/** How often an event is tried again, and where it goes in the end: as Lambda has it where the template says nothing. */
export interface AsyncPolicy {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  readonly onFailure?: DeadLetters;
}

export const defaultPolicy: AsyncPolicy = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 6 * 60 * 60 };

export interface AsyncInvocations {
  /** On record when this returns; delivered at least once, or put aside. */
  accept(event: unknown, afterSeconds?: number): void;
  counts(): Counts;
  configure(policy: Partial<AsyncPolicy>): void;
  /** Delivers, beginning with what was accepted before the system stopped. */
  start(): void;
  stop(): void;
}

/** What is there, what is being delivered, and what comes later. */
export interface Counts {
  readonly waiting: number;
  readonly underWay: number;
  readonly later: number;
}

/** Which delivery of an event it is. */
export interface AsyncDelivery {
  /** From 1. What was there when the system started may have been delivered once more. */
  readonly receives: number;
  /** ISO 8601. */
  readonly acceptedAt: string;
}

export interface AsyncInvocationsProps {
  readonly folder: string;
  readonly invoke: (event: unknown, delivery: AsyncDelivery) => ReturnType<Invoke>;
  /** So many at once; any number if absent. */
  readonly concurrency?: () => number;
  readonly functionArn: string;
  readonly timeScale: number;
  /** The time before the next attempt, after so many. Absent: Lambda's. */
  readonly pauseSeconds?: (attempts: number) => number;
  readonly say: (line: string) => void;
}

/** Lambda waits a minute before the second attempt and two before the third. */
const lambdaPauseSeconds = (attempts: number): number => 60 * attempts;

const stopped = { ok: false, error: { errorType: 'Stopped', errorMessage: 'the system has stopped' } } as const;

export const asyncInvocations = (props: AsyncInvocationsProps): AsyncInvocations => {
  const { folder, timeScale, pauseSeconds = lambdaPauseSeconds, say } = props;
  const pending = pendingItems<Accepted>(folder);
  const stopping = new AbortController();
  let policy = defaultPolicy;
  let started = false;

  let underWay = 0;
  const queued: (() => void)[] = [];
  /** Its turn, if no more than so many may be under way. */
  const turn = async (): Promise<void> => {
    while (underWay >= (props.concurrency?.() ?? Number.POSITIVE_INFINITY)) await new Promise<void>((go) => queued.push(go));
    underWay += 1;
  };
  const deliver = async ({ id, item }: Pending<Accepted>, before = 0): Promise<void> => {
    const early = item.notBefore === undefined ? 0 : Date.parse(item.notBefore) - Date.now();
    if (early > 0) await pause(early, stopping.signal);
    await turn();
    const { acceptedAt } = item;
    const invocation = stopping.signal.aborted
      ? stopped
      : await props.invoke(item.event, { receives: item.attempts + 1 + before, acceptedAt });
    underWay -= 1;
    queued.shift()?.();
    if (stopping.signal.aborted) return; // The answer is that of a function that was stopped.
    if (invocation.ok) return pending.remove(id);
    const tried = { ...item, attempts: item.attempts + 1 };
    const ageSeconds = (Date.now() - Date.parse(item.acceptedAt)) / 1000 / timeScale;
    const waitSeconds = pauseSeconds(tried.attempts);
    if (tried.attempts > policy.maximumRetryAttempts || ageSeconds + waitSeconds > policy.maximumEventAgeSeconds) {
      giveUp(tried, invocation.error);
      return pending.remove(id);
    }
    pending.replace(id, tried);
    await pause(waitSeconds * 1000 * timeScale, stopping.signal);
    if (!stopping.signal.aborted) await deliver({ id, item: tried }, before);
  };
  const giveUp = ({ event, attempts }: Accepted, error: FunctionError): void => {
    const { onFailure } = policy;
    if (onFailure === undefined) say(`gave up an event after ${attempts} attempts; it is lost: the function has no failure destination`);
    else onFailure.put({ event, functionArn: props.functionArn, attempts, error });
  };
  return {
    accept: (event, afterSeconds = 0) => {
      const now = Date.now();
      const later = afterSeconds === 0 ? {} : { notBefore: new Date(now + afterSeconds * 1000 * timeScale).toISOString() };
      const accepted = pending.add({ event, acceptedAt: new Date(now).toISOString(), attempts: 0, ...later });
      if (started) void deliver(accepted);
    },
    counts: () => {
      const all = pending.all();
      const now = new Date().toISOString();
      const later = all.filter(({ item }) => item.notBefore !== undefined && item.notBefore > now).length;
      return { underWay, later, waiting: Math.max(0, all.length - underWay - later) };
    },
    configure: (change) => {
      policy = { ...policy, ...change };
    },
    start: () => {
      started = true;
      for (const item of pending.all()) void deliver(item, 1);
    },
    stop: () => stopping.abort(),
  };
};
