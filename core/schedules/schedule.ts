import type { Commands } from '../processes/command-to.ts';
import type { AnyDecider } from '../write/decider.ts';
import { type CronTimes, cronTimes, schedulerExpression } from './cron.ts';

/** When a schedule comes. `cron` and `rate` make one. */
export type Recurrence = Cron | Rate;

export interface Cron {
  readonly kind: 'cron';
  readonly times: CronTimes;
}

export interface Rate {
  readonly kind: 'rate';
  readonly minutes: number;
}

/**
 * The times of a cron expression with five fields (minute, hour, day of the month, month, day of the week), as the clocks of a zone show
 * them. A time that the clocks skip in spring does not come; a time that they show twice in autumn comes once.
 * @throws Error, naming the field.
 *
 * @example
 * const everyNight = cron('0 3 * * *', { timeZone: 'Europe/Berlin' });
 */
export const cron = (expression: string, { timeZone = 'UTC' }: { readonly timeZone?: string } = {}): Cron => ({
  kind: 'cron',
  times: cronTimes(expression, timeZone),
});

/**
 * Every so many minutes, hours or days of 24 hours, from the moment at which the schedule is deployed.
 * @throws Error, if it is not a whole number of minutes, from 1.
 *
 * @example
 * const often = rate({ minutes: 15 });
 */
export const rate = ({ minutes = 0, hours = 0, days = 0 }: { minutes?: number; hours?: number; days?: number }): Rate => {
  const all = minutes + 60 * (hours + 24 * days);
  if (!Number.isInteger(all) || all < 1) throw new Error(`a rate is a whole number of minutes, from 1, and not ${all}`);
  return { kind: 'rate', minutes: all };
};

/** The expression of the EventBridge Scheduler, and its time zone. */
export const expressionOf = (every: Recurrence): { readonly expression: string; readonly timeZone: string } =>
  every.kind === 'rate'
    ? { expression: `rate(${every.minutes} ${every.minutes === 1 ? 'minute' : 'minutes'})`, timeZone: 'UTC' }
    : { expression: schedulerExpression(every.times), timeZone: every.times.timeZone };

/** What a row of a schedule gets. */
export interface ScheduledTime {
  /** ISO 8601, UTC: the time of the schedule, and not the time at which it is sent. */
  readonly scheduledAt: string;
}

/**
 * Commands at recurring times, without an event that causes them. Use a reminder for a time that comes from data.
 *
 * - The ids of the commands hold the scheduled time, so each time acts at most once, however often it is delivered.
 * - A time comes up to a minute late, because the EventBridge Scheduler has that precision, and later after an outage.
 * - `catchUp` says what happens with times that were missed: `all` are sent, the earliest first; the `latest` is sent, however late; `none`
 *   is sent that is more than ten minutes late.
 * - A command that is refused is parked: `npm run es -- processes` lists it.
 */
export interface Schedule<T extends readonly AnyDecider[] = readonly AnyDecider[]> {
  /** Named for what it does, in kebab-case. It is part of the commands' ids, so it must not change. */
  readonly name: string;
  readonly every: Recurrence;
  readonly catchUp: 'all' | 'latest' | 'none';
  /** The aggregates that receive commands. */
  readonly to: T;
  /** The commands of one time: one, a list of them, or `null` for none. A function of the time alone. */
  readonly sends: (time: ScheduledTime) => Commands<T[number]>;
}

/**
 * Defines a schedule. A command to an aggregate that `to` does not name does not compile.
 *
 * @example
 * export const happyHour = defineSchedule({
 *   name: 'happy-hour',
 *   every: cron('0 17 * * FRI', { timeZone: 'Europe/Berlin' }),
 *   catchUp: 'none',
 *   to: [guest],
 *   sends: ({ scheduledAt }) => commandTo(guest, { id: 'ada', type: 'AwardPoints', data: { bookingId: scheduledAt, points: 1 } }),
 * });
 */
export const defineSchedule = <const T extends readonly AnyDecider[]>(schedule: Schedule<T>): Schedule<T> => schedule;

/** A schedule without its type parameters, for code that works with any schedule. */
export interface AnySchedule extends Omit<Schedule, 'sends'> {
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly sends: (time: ScheduledTime) => Commands<any>;
}
