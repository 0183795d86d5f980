import { pause } from '../waiting.ts';

/** Time, as the readers of a stream see it; a test has one of its own. */
export interface Clock {
  readonly now: () => number;
  /** Returns early when stopped. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export const systemClock: Clock = { now: Date.now, pause };
