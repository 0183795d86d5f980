import { describe, expect, test } from '@jest/globals';
import { tokenBuckets } from './token-bucket.ts';

const at = (seconds: number) => new Date(1_000_000 + seconds * 1000);
const quota = { perSecond: 2, burst: 3 };

describe('a bucket', () => {
  test('admits its burst at once, and then a token each half second', () => {
    const take = tokenBuckets(quota);
    expect([0, 0, 0, 0, 0.25, 0.5, 0.5, 1].map((time) => take('a', at(time)))).toEqual([0, 0, 0, 0.5, 0.25, 0, 0.5, 0]);
  });

  test('never holds more than its burst', () => {
    const take = tokenBuckets(quota);
    take('a', at(0));
    expect([1000, 1000, 1000, 1000].map((time) => take('a', at(time)))).toEqual([0, 0, 0, 0.5]);
  });

  test('a refused request takes nothing: a flood does not lengthen the wait', () => {
    const take = tokenBuckets({ perSecond: 1, burst: 1 });
    take('a', at(0));
    for (let again = 0; again < 1000; again++) expect(take('a', at(0.5))).toBe(0.5);
    expect(take('a', at(1))).toBe(0);
  });

  test('admits no more in the long run, however the requests come', () => {
    const take = tokenBuckets(quota);
    let admitted = 0;
    for (let time = 0; time < 60; time += 0.01) if (take('a', at(time)) === 0) admitted += 1;
    expect(admitted).toBeLessThanOrEqual(60 * quota.perSecond + quota.burst);
    expect(admitted).toBeGreaterThanOrEqual(60 * quota.perSecond);
  });

  test('a clock that is set back gives no token, and takes none', () => {
    const take = tokenBuckets({ perSecond: 1, burst: 2 });
    take('a', at(100));
    expect(take('a', at(50))).toBe(0);
    expect(take('a', at(50))).toBe(1);
    expect(take('a', at(51))).toBe(0);
  });
});

test('each key has its own bucket', () => {
  const take = tokenBuckets({ perSecond: 1, burst: 1 });
  expect(take('a', at(0))).toBe(0);
  expect(take('a', at(0))).toBe(1);
  expect(take('b', at(0))).toBe(0);
  expect(take('__proto__', at(0))).toBe(0);
  expect(take('__proto__', at(0))).toBe(1);
});

test('the keys that were used last are remembered, a bounded number of them', () => {
  const take = tokenBuckets({ perSecond: 1, burst: 1 }, 2);
  take('a', at(0));
  take('b', at(0));
  expect(take('a', at(0))).toBe(1); // Used again, though refused.
  take('c', at(0));
  expect(take('a', at(0))).toBe(1);
  expect(take('b', at(0))).toBe(0); // Forgotten in favour of c.
});
