import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { everyPeriod, periodSeconds } from './schedule.ts';

beforeEach(() => void jest.useFakeTimers({ now: 90_000 }));
afterEach(() => void jest.useRealTimers());

test.each([
  ['rate(1 minute)', 60],
  ['rate(5 minutes)', 300],
  ['rate(12 hours)', 43_200],
  ['rate(1 day)', 86_400],
])('%s is %d seconds', (expression, seconds) => expect(periodSeconds(expression)).toBe(seconds));

test('an unsupported expression is refused', () => expect(() => periodSeconds('cron(0 12 * * ? *)')).toThrow('cron(0 12 * * ? *)'));

test('a period follows the clock, not the start; a stopped schedule fires no more', () => {
  const at: number[] = [];
  const clock = everyPeriod(60, () => at.push(Date.now()));
  clock.start();
  jest.advanceTimersByTime(160_000);
  clock.stop();
  jest.advanceTimersByTime(160_000);
  expect(at).toEqual([120_000, 180_000, 240_000]);
});
