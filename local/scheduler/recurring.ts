import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type CronTimes, cronTimes, nextTime } from '../../core/schedules/cron.ts';
import { pause } from '../waiting.ts';
import { invalid } from './schedule-times.ts';

export interface RecurringProps {
  /** `cron(0 3 * * ? *)` or `rate(5 minutes)`. */
  readonly expression: string;
  readonly timeZone: string;
  /** Holds the last time that came, so that a restart goes on from there. */
  readonly file: string;
  /** How long a second between two times is, in seconds of the clock. */
  readonly timeScale: number;
  /** On record at the target when it returns. */
  readonly fire: (time: Date) => void;
}

/** A recurring schedule. */
export interface Recurring {
  start(): void;
  stop(): void;
}

/**
 * The times of a recurring schedule. Under a faster clock they come sooner, and are as far apart as they would be: so a time may be in the
 * future. Of the times that came while the system was stopped, the last one comes when it starts.
 */
export const recurring = ({ expression, timeZone, file, timeScale, fire }: RecurringProps): Recurring => {
  const after = timesOf(expression, timeZone);
  const stopped = new AbortController();

  const run = async (): Promise<void> => {
    const known = lastOf(file, `${expression} ${timeZone}`);
    const began = Date.now();
    // The clock of this schedule: it goes on where it was, and never back.
    const origin = Math.max(known ?? began, began);
    let last = lastMissed(after, known, origin);
    if (last !== known && last !== undefined) tell(last);
    last ??= origin;
    for (;;) {
      const next = after(last);
      if (next === undefined) return;
      await pause(Math.max(0, began + (next - origin) * timeScale - Date.now()), stopped.signal);
      if (stopped.signal.aborted) return;
      tell(next);
      last = next;
    }
  };
  // If the system is killed between both, the time comes again.
  const tell = (time: number): void => {
    fire(new Date(time));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, JSON.stringify({ expression: `${expression} ${timeZone}`, last: time }));
    renameSync(`${file}.new`, file);
  };

  return { start: () => void run(), stop: () => stopped.abort() };
};

/** The last time that came before now and was not told: what the Scheduler would still try to deliver. */
const lastMissed = (after: (time: number) => number | undefined, known: number | undefined, now: number): number | undefined => {
  let last = known;
  for (let next = known === undefined ? undefined : after(known); next !== undefined && next <= now; next = after(next)) last = next;
  return last;
};

const lastOf = (file: string, expression: string): number | undefined => {
  try {
    const { expression: of, last } = JSON.parse(readFileSync(file, 'utf8')) as { expression: string; last: number };
    return of === expression ? last : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** The first time after one. @throws ServiceError, for an expression that the local system does not know. */
const timesOf = (expression: string, timeZone: string): ((time: number) => number | undefined) => {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count !== undefined) {
    const milliseconds = Number(count) * 60_000 * (unit === 'minute' ? 1 : unit === 'hour' ? 60 : 1440);
    return (time) => time + milliseconds;
  }
  const cron = cronOf(expression, timeZone);
  return (time) => nextTime(cron, time);
};

const cronOf = (expression: string, timeZone: string): CronTimes => {
  const [, minute, hour, day, month, weekday, year] = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/.exec(expression) ?? [];
  if (year !== '*') throw invalid(`Invalid Schedule Expression ${expression}: the local system knows cron for every year, and rate`);
  const any = (field = '') => (field === '?' ? '*' : field);
  return cronTimes(`${minute} ${hour} ${any(day)} ${month} ${any(weekday)}`, timeZone);
};
