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
  accept(event: unknown): void;
  configure(policy: Partial<AsyncPolicy>): void;
  /** Delivers, beginning with what was accepted before the system stopped. */
  start(): void;
  stop(): void;
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
  readonly functionArn: string;
  readonly timeScale: number;
  /** The time before the next attempt, after so many. Absent: Lambda's. */
  readonly pauseSeconds?: (attempts: number) => number;
  readonly say: (line: string) => void;
}

/** Lambda waits a minute before the second attempt and two before the third. */
const lambdaPauseSeconds = (attempts: number): number => 60 * attempts;

export const asyncInvocations = (props: AsyncInvocationsProps): AsyncInvocations => {
  const { folder, timeScale, pauseSeconds = lambdaPauseSeconds, say } = props;
  const pending = pendingItems<Accepted>(folder);
  const stopping = new AbortController();
  let policy = defaultPolicy;
  let started = false;

  const deliver = async ({ id, item }: Pending<Accepted>, before = 0): Promise<void> => {
    const { acceptedAt } = item;
    const invocation = await props.invoke(item.event, { receives: item.attempts + 1 + before, acceptedAt });
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
    accept: (event) => {
      const accepted = pending.add({ event, acceptedAt: new Date().toISOString(), attempts: 0 });
      if (started) void deliver(accepted);
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
