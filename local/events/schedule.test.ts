import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { everyPeriod, timesOf } from './schedule.ts';

beforeEach(() => void jest.useFakeTimers({ now: 90_000 }));
afterEach(() => void jest.useRealTimers());

test.each([
  ['rate(1 minute)', 60],
  ['rate(5 minutes)', 300],
  ['rate(12 hours)', 43_200],
  ['rate(1 day)', 86_400],
])('%s is every %d seconds', (expression, period) => expect(timesOf(expression)).toEqual({ period, offset: 0 }));

test('a cron expression is a time of each day', () =>
  expect(timesOf('cron(30 13 * * ? *)')).toEqual({ period: 86_400, offset: 13 * 3600 + 30 * 60 }));

test.each(['cron(0 12 * * MON *)', 'cron(60 1 * * ? *)', 'cron(0 24 * * ? *)', 'rate(2 weeks)', ''])(
  'an unsupported expression is refused: %j',
  (expression) => expect(() => timesOf(expression)).toThrow(`the schedule ${expression}: it knows rate(…)`),
);

test('a time of the day comes at that time, also on the day of the start', () => {
  const at: number[] = [];
  const clock = everyPeriod({ period: 86_400, offset: 3600 }, () => at.push(Date.now()));
  clock.start();
  jest.advanceTimersByTime(2 * 86_400_000);
  clock.stop();
  expect(at).toEqual([3_600_000, 90_000_000]);
});

test('a period follows the clock, not the start; a stopped schedule fires no more', () => {
  const at: number[] = [];
  const clock = everyPeriod({ period: 60, offset: 0 }, () => at.push(Date.now()));
  clock.start();
  jest.advanceTimersByTime(160_000);
  clock.stop();
  jest.advanceTimersByTime(160_000);
  expect(at).toEqual([120_000, 180_000, 240_000]);
});
