import { describe, expect, test } from '@jest/globals';
import { type CronTimes, cronTimes, nextTime, schedulerExpression, shownAt, timesBetween } from './cron.ts';

const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString().slice(0, 16));
const between = (expression: string, timeZone: string, from: string, to: string, most = 1000) =>
  iso(timesBetween(cronTimes(expression, timeZone), Date.parse(from), Date.parse(to), most));

describe('an expression', () => {
  test.each([
    ['* * * * *', 'cron(* * * * ? *)'],
    ['0 3 * * *', 'cron(0 3 * * ? *)'],
    ['*/15 9-17 * * MON-FRI', 'cron(0,15,30,45 9,10,11,12,13,14,15,16,17 ? * MON,TUE,WED,THU,FRI *)'],
    ['5/20 0 1,15 jan,7 *', 'cron(5,25,45 0 1,15 1,7 ? *)'],
    ['0 0 * * 7', 'cron(0 0 ? * SUN *)'],
    ['0 0 * * 5-7', 'cron(0 0 ? * SUN,FRI,SAT *)'],
    ['0 0 * * 0-6', 'cron(0 0 * * ? *)'],
    ['10-40/15 12 29 2 *', 'cron(10,25,40 12 29 2 ? *)'],
  ])('%s is told to the Scheduler as %s', (expression, told) => expect(schedulerExpression(cronTimes(expression, 'UTC'))).toBe(told));

  test.each([
    ['0 3 * *', 'UTC', "'0 3 * *' has 4 fields, and cron has five: minute hour day month weekday"],
    ['60 3 * * *', 'UTC', "'60' is no minute: it is from 0 to 59"],
    ['0 24 * * *', 'UTC', "'24' is no hour: it is from 0 to 23"],
    ['0 0 0 * *', 'UTC', "'0' is no day of the month: it is from 1 to 31"],
    ['0 0 1 13 *', 'UTC', "'13' is no month: it is from 1 to 12"],
    ['0 0 * FEX *', 'UTC', "'FEX' is no month: it is from 1 to 12"],
    ['0 0 * * 8', 'UTC', "'8' is no day of the week: it is from 0 to 6"],
    ['*/0 0 * * *', 'UTC', "'*/0' is no minute: it is empty"],
    ['30-10 0 * * *', 'UTC', "'30-10' is no minute: it is empty"],
    ['1.5 0 * * *', 'UTC', "'1.5' is no minute"],
    ['0 0 L * *', 'UTC', "'L' is no day of the month"],
    ['0 0 1 * MON', 'UTC', "'0 0 1 * MON' has both a day of the month and a day of the week: the EventBridge Scheduler takes one of them"],
    ['0 0 31 4,6 *', 'UTC', "'0 0 31 4,6 *' has a day that its months do not have"],
    ['0 0 * * *', 'Mars/Olympus', "'Mars/Olympus' is no time zone, like 'Europe/Berlin' or 'UTC'"],
  ])('%s in %s is refused', (expression, zone, message) => expect(() => cronTimes(expression, zone)).toThrow(new Error(message)));
});

describe('where the clocks change,', () => {
  test('a time that they skip does not come', () =>
    expect(between('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00Z', '2026-03-31T12:00Z')).toEqual([
      '2026-03-28T01:30',
      '2026-03-30T00:30',
      '2026-03-31T00:30',
    ]));

  test('a time that they show twice comes once', () => {
    expect(between('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-26T12:00Z')).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    expect(between('0 * * * *', 'Europe/Berlin', '2026-10-24T22:30Z', '2026-10-25T02:30Z')).toEqual([
      '2026-10-24T23:00',
      '2026-10-25T00:00',
      '2026-10-25T02:00',
    ]);
  });

  test('a day that a zone left out has no times', () =>
    expect(between('0 12 * * *', 'Pacific/Apia', '2011-12-29T00:00Z', '2012-01-01T00:00Z')).toEqual([
      '2011-12-29T22:00',
      '2011-12-30T22:00',
      '2011-12-31T22:00',
    ]));
});

describe('between two times', () => {
  test('the first is not one of them, and the last is', () =>
    expect(between('0 3 * * *', 'UTC', '2026-06-01T03:00Z', '2026-06-03T03:00Z')).toEqual(['2026-06-02T03:00', '2026-06-03T03:00']));

  test('there are so many at most, the earliest', () =>
    expect(between('*/10 * * * *', 'UTC', '2026-06-01T00:00Z', '2027-06-01T00:00Z', 2)).toEqual(['2026-06-01T00:10', '2026-06-01T00:20']));

  test.each([
    ['0 3 * * *', '2026-06-01T03:00Z', '2026-06-02T03:00'],
    ['0 0 29 2 *', '2096-03-01T00:00Z', '2104-02-29T00:00'],
    ['0 0 1 1 *', '2026-01-01T00:00Z', '2027-01-01T00:00'],
    ['0 0 * * FRI', '2026-06-06T00:00Z', '2026-06-12T00:00'],
  ])('%s comes next after %s at %s', (expression, after, next) =>
    expect(iso([nextTime(cronTimes(expression, 'UTC'), Date.parse(after)) ?? 0])).toEqual([next]),
  );
});

/** Minute for minute, as a clock on the wall would do it. */
const walked = (cron: CronTimes, from: number, to: number): readonly string[] => {
  const seen = new Set<number>();
  const found: number[] = [];
  for (let time = from + 60_000; time <= to; time += 60_000) {
    const shown = shownAt(cron.timeZone, time);
    const at = new Date(shown);
    const isOne =
      cron.minutes.includes(at.getUTCMinutes()) &&
      cron.hours.includes(at.getUTCHours()) &&
      cron.days.includes(at.getUTCDate()) &&
      cron.months.includes(at.getUTCMonth() + 1) &&
      cron.weekdays.includes(at.getUTCDay());
    if (isOne && !seen.has(shown)) found.push(time);
    seen.add(shown);
  }
  return iso(found);
};

test.each(
  ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'].flatMap((zone) =>
    ['*/7 * * * *', '15,45 0-4 * * *', '30 1 * * SUN', '0 2 8-14 * *'].flatMap((expression) =>
      ['2026-03-07T12:00Z', '2026-03-28T12:00Z', '2026-04-04T00:00Z', '2026-10-03T00:00Z', '2026-10-24T12:00Z', '2026-10-31T12:00Z'].map(
        (from): [string, string, string] => [expression, zone, from],
      ),
    ),
  ),
)('%s in %s from %s is what a clock on the wall shows', (expression, zone, from) => {
  const cron = cronTimes(expression, zone);
  const start = Date.parse(from);
  const end = start + 48 * 3_600_000;
  // What the clock showed just before the start was seen: an hour that is repeated then does not come again.
  const before = new Set(walked(cron, start - 2 * 3_600_000, start));
  const all = walked(cron, start - 2 * 3_600_000, end).filter((time) => !before.has(time));
  expect(iso(timesBetween(cron, start, end, 10_000))).toEqual(all);
});
