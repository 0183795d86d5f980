import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { before as inTime, pause } from './waiting.ts';

const day = 86_400_000;
beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

const signal = () => new AbortController().signal;
/** Whether it is over, day by day. */
const overAt = async (waiting: Promise<unknown>, days: number): Promise<number | undefined> => {
  let isOver = false;
  void waiting.then(() => {
    isOver = true;
  });
  for (let passed = 0; passed <= days; passed++) {
    await jest.advanceTimersByTimeAsync(passed === 0 ? 0 : day);
    if (isOver) return passed;
  }
  return undefined;
};

describe('a pause', () => {
  test.each([0, 1, 24, 25, 30, 365])('of %d days ends after them', async (days) => {
    expect(await overAt(pause(days * day, signal()), 400)).toBe(days);
  });

  test('without an end has none', async () => expect(await overAt(pause(Number.POSITIVE_INFINITY, signal()), 400)).toBeUndefined());

  test.each([10, 30])('ends when it is stopped after %d days, and leaves no timer', async (days) => {
    const stopping = new AbortController();
    void pause(days * day, signal()).then(() => stopping.abort());
    expect(await overAt(pause(50 * day, stopping.signal), 100)).toBe(days);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('that is stopped already ends at once', async () => expect(await overAt(pause(50 * day, AbortSignal.abort()), 1)).toBe(0));
});

describe('before', () => {
  test('a time that is up there is nothing, however long it is', async () => {
    expect(await overAt(inTime(30 * day, new Promise(() => {})), 100)).toBe(30);
    const nothing = inTime(1, new Promise(() => {}));
    await jest.advanceTimersByTimeAsync(1);
    expect(await nothing).toBeUndefined();
  });

  test('there is what the promise brings, and no timer stays', async () => {
    expect(await inTime(30 * day, Promise.resolve('here'))).toBe('here');
    await expect(inTime(30 * day, Promise.reject(new Error('no')))).rejects.toThrow('no');
    await jest.advanceTimersByTimeAsync(0);
    expect(jest.getTimerCount()).toBe(0);
  });
});
