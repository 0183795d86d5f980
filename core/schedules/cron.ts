// Cron times in a time zone, as the EventBridge Scheduler takes them: a time that the clocks skip in spring does not come, and a time that
// they repeat in autumn comes once (docs/decisions/0040).

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const fields = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, names: months },
  { name: 'day of the week', from: 0, to: 6, names: weekdays },
] as const satisfies readonly Field[];

/** The values of each field of a cron expression, sorted. */
export interface CronTimes {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
  readonly timeZone: string;
}

/**
 * Reads the five fields of a cron expression: minute, hour, day of the month, month, day of the week (0 or 7 is Sunday). Each is `*`, a
 * value, a range (`9-17`), a step (`*\/15`) or a list of them. Months and weekdays have names of three letters.
 * @throws Error, naming the field.
 */
export const cronTimes = (expression: string, timeZone: string): CronTimes => {
  const texts = expression.trim().split(/\s+/);
  if (texts.length !== fields.length)
    throw new Error(`'${expression}' has ${texts.length} fields, and cron has five: minute hour day month weekday`);
  const [minutes = [], hours = [], days = [], monthsOf = [], weekdaysOf = []] = fields.map((field, index) =>
    valuesOf(field, texts[index] as string),
  );
  demandTimeZone(timeZone);
  if (days.length < 31 && weekdaysOf.length < 7)
    throw new Error(`'${expression}' has both a day of the month and a day of the week: the EventBridge Scheduler takes one of them`);
  const times = { minutes, hours, days, months: monthsOf, weekdays: weekdaysOf, timeZone };
  if (!monthsOf.some((month) => days[0] !== undefined && days[0] <= longest(month)))
    throw new Error(`'${expression}' has a day that its months do not have`);
  return times;
};

const longest = (month: number): number => (month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31);

const valuesOf = (field: Field, text: string): readonly number[] => {
  const values = new Set(text.split(',').flatMap((part) => rangeOf(field, part)));
  return [...values].sort((a, b) => a - b);
};

const rangeOf = (field: Field, part: string): readonly number[] => {
  const [, range, from, to, step] = /^(\*|([0-9]+|[A-Z]{3})(?:-([0-9]+|[A-Z]{3}))?)(?:\/([0-9]+))?$/i.exec(part) ?? [];
  if (range === undefined) throw new Error(`'${part}' is no ${field.name}`);
  const first = from === undefined ? field.from : numberIn(field, from);
  const last = to !== undefined ? numberIn(field, to) : range === '*' || step !== undefined ? field.to : first;
  const by = step === undefined ? 1 : Number(step);
  if (by < 1 || first > last) throw new Error(`'${part}' is no ${field.name}: it is empty`);
  return Array.from(
    { length: Math.floor((last - first) / by) + 1 },
    (_, index) => (first + index * by) % (field.names === weekdays ? 7 : 100),
  );
};

const numberIn = ({ name, from, to, names = [] }: Field, text: string): number => {
  const named = names.indexOf(text.toUpperCase());
  const value = named === -1 ? Number(text) : named + from;
  const most = names === weekdays ? 7 : to;
  if (Number.isNaN(value) || value < from || value > most) throw new Error(`'${text}' is no ${name}: it is from ${from} to ${to}`);
  return value;
};

/** @throws Error. */
const demandTimeZone = (timeZone: string): void => {
  try {
    clockOf(timeZone);
  } catch {
    throw new Error(`'${timeZone}' is no time zone, like 'Europe/Berlin' or 'UTC'`);
  }
};

/** The expression of the EventBridge Scheduler for these times: `cron(0 3 * * ? *)`. Its weekdays are named, because it counts them from 1. */
export const schedulerExpression = ({ minutes, hours, days, months: monthsOf, weekdays: weekdaysOf }: CronTimes): string => {
  const list = (values: readonly (number | string)[], all: number): string => (values.length === all ? '*' : values.join(','));
  const anyWeekday = weekdaysOf.length === 7;
  const day = anyWeekday ? list(days, 31) : '?';
  const weekday = anyWeekday ? '?' : weekdaysOf.map((one) => weekdays[one]).join(',');
  return `cron(${list(minutes, 60)} ${list(hours, 24)} ${day} ${list(monthsOf, 12)} ${weekday} *)`;
};

/** The times after one and up to another, in milliseconds since 1970, the earliest first. It stops after so many. */
export const timesBetween = (cron: CronTimes, after: number, until: number, most: number): readonly number[] => {
  const found: number[] = [];
  // A day more on each side, because the day of a zone is not that of UTC.
  for (let day = startOfDay(after) - dayMilliseconds; day <= until + dayMilliseconds; day += dayMilliseconds) {
    if (!isOnDay(cron, new Date(day))) continue;
    for (const hour of cron.hours)
      for (const minute of cron.minutes) {
        const time = instantOf(cron.timeZone, day + hour * hourMilliseconds + minute * minuteMilliseconds);
        if (time === undefined || time <= after || time > until) continue;
        found.push(time);
      }
    // Times of one day can be out of order where the clocks go back; those of the next day are later than all that are left.
    if (found.length >= most + 1) break;
  }
  return found.sort((a, b) => a - b).slice(0, most);
};

/** The first time after one. Undefined if there is none within the longest gap, which is that of February 29. */
export const nextTime = (cron: CronTimes, after: number): number | undefined => {
  // Most schedules come daily or more often: a short look first.
  for (const days of [2, 40, 400, 3000]) {
    const [next] = timesBetween(cron, after, after + days * dayMilliseconds, 1);
    if (next !== undefined) return next;
  }
  return undefined;
};

const minuteMilliseconds = 60_000;
const hourMilliseconds = 60 * minuteMilliseconds;
const dayMilliseconds = 24 * hourMilliseconds;

const startOfDay = (time: number): number => Math.floor(time / dayMilliseconds) * dayMilliseconds;

const isOnDay = (cron: CronTimes, day: Date): boolean =>
  cron.months.includes(day.getUTCMonth() + 1) && cron.days.includes(day.getUTCDate()) && cron.weekdays.includes(day.getUTCDay());

/** When a zone's clocks show a time, which is given as if it were in UTC. Undefined if they skip it; the first time if they show it twice. */
const instantOf = (timeZone: string, shown: number): number | undefined => {
  const offsets = [shown - dayMilliseconds, shown + dayMilliseconds].map((near) => shownAt(timeZone, near) - near);
  const instants = offsets.map((offset) => shown - offset).filter((instant) => shownAt(timeZone, instant) === shown);
  return instants.length === 0 ? undefined : Math.min(...instants);
};

/** What a zone's clocks show at an instant, as if it were in UTC. */
export const shownAt = (timeZone: string, instant: number): number => {
  const parts = Object.fromEntries(
    clockOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
};

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making one takes a thousand times as long as asking it. */
const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const numbers = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
  const clock = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', calendar: 'gregory', ...numbers });
  clocks.set(timeZone, clock);
  return clock;
};
