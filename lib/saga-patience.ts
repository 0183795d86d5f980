/** How long, and how often, a task is tried again after an error that is no answer. */
export interface Patience {
  /** The second pause is so many times the first, and so on. */
  readonly BackoffRate: number;
  readonly MaxDelaySeconds: number;
  /** How many times the task is tried again. */
  readonly MaxAttempts: number;
}

/** Of the two kinds of tasks: those that exist once in an execution, and those of each item of a list. */
export interface SagaPatience {
  readonly alone: Patience;
  readonly ofItem: Patience;
}

const minute = 60;
const hour = 60 * minute;

/** An outage of this length undoes nothing. */
export const patienceSeconds = 24 * hour;

/** The pauses grow from a second. There is no jitter: with jitter the sum of the pauses could be nothing. */
export const pausesOf = ({ BackoffRate, MaxDelaySeconds, MaxAttempts }: Patience): readonly number[] =>
  Array.from({ length: MaxAttempts }, (_, tried) => Math.min(BackoffRate ** tried, MaxDelaySeconds));

/** The least number of tries whose pauses add up to a day. */
const lasting = (BackoffRate: number, MaxDelaySeconds: number): Patience => {
  let [MaxAttempts, seconds] = [0, 0];
  while (seconds < patienceSeconds) seconds += Math.min(BackoffRate ** MaxAttempts++, MaxDelaySeconds);
  return { BackoffRate, MaxDelaySeconds, MaxAttempts };
};

/** From the shortest pauses to the fewest tries. The first goes on at most ten minutes after an outage, the last after up to a day. */
const patiences: readonly Patience[] = [
  ...[10 * minute, 30 * minute, hour, 4 * hour].map((most) => lasting(2, most)),
  ...[3, 5, 10, 20, 50, 300].map((rate) => lasting(rate, patienceSeconds)),
];

const last = patiences.at(-1) as Patience;
/** The fewest tries that last a day. */
export const leastPatience: SagaPatience = { alone: last, ofItem: last };

/**
 * The shortest pauses for which the history of an execution has room: first for the tasks that exist once, then for those of each item.
 * Undefined: there is no room for any.
 */
export const patienceWithin = (eventsWith: (patience: SagaPatience) => number, mostEvents: number): SagaPatience | undefined =>
  patiences.flatMap((alone) => patiences.map((ofItem) => ({ alone, ofItem }))).find((patience) => eventsWith(patience) <= mostEvents);
