import { beforeEach, describe, expect, test } from '@jest/globals';
import { Unavailable } from '../basics/errors.ts';
import { type Pace, type PacePorts, paceIn, pacer, type Taken, unpaced } from './pace.ts';

/** A clock that passes only while somebody waits, and several processes that wait at the same time. */
const simulatedClock = () => {
  let milliseconds = 0;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => new Date(milliseconds),
    wait: (longer: number) =>
      new Promise<void>((wake) => {
        sleepers.push({ at: milliseconds + longer, wake });
      }),
    /** Lets the time pass until the work is done. */
    async until<T>(work: Promise<T>): Promise<T> {
      let isDone = false;
      const done = work.finally(() => {
        isDone = true;
      });
      done.catch(() => {});
      for (;;) {
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        if (isDone) return done;
        const [next] = sleepers.toSorted((one, other) => one.at - other.at);
        if (next === undefined) throw new Error('everybody waits for ever');
        sleepers = sleepers.filter((sleeper) => sleeper !== next);
        milliseconds = next.at;
        next.wake();
      }
    },
  };
};

const never = new Date(8e15);
const throttled = () => new Unavailable('ThrottlingException: too much');
const one = { index: 0, of: 1 };

let clock: ReturnType<typeof simulatedClock>;
beforeEach(() => {
  clock = simulatedClock();
});

interface Read {
  readonly at: number;
  readonly units: number;
}

/** Pages of a segment. A page is the units that it takes, or its throttled outcome. */
const reader = (unitsPerSecond: number, segment = one, from?: Pace) => {
  const reads: Read[] = [];
  let spent: Taken = { units: 0, isThrottled: false };
  const ports: PacePorts = {
    ...{ unitsPerSecond, now: clock.now, wait: clock.wait },
    taken: () => {
      const taken = spent;
      spent = { units: 0, isThrottled: false };
      return taken;
    },
  };
  const paced = pacer(ports, segment, from);
  const page = (units: number, { isThrottled = false, fails = false, lasts = 0 } = {}, until = never) =>
    paced.read(async () => {
      reads.push({ at: clock.now().getTime(), units });
      if (lasts > 0) await clock.wait(lasts);
      spent = { units, isThrottled };
      if (fails) throw throttled();
      return units;
    }, until);
  const leave = (taken: Taken): void => {
    spent = taken;
  };
  return { reads, page, paced, leave };
};

test('a page is followed by as long a wait as its units stand for', async () => {
  const { page, reads } = reader(100);
  await clock.until((async () => [await page(256), await page(50), await page(1), await page(1)])());
  expect(reads.map(({ at }) => at)).toEqual([0, 2560, 3060, 3070]);
});

test('the time of the page itself is a part of the wait', async () => {
  const { page, reads } = reader(100);
  await clock.until((async () => [await page(200, { lasts: 1500 }), await page(100, { lasts: 5000 }), await page(1)])());
  expect(reads.map(({ at }) => at)).toEqual([0, 2000, 7000]);
});

test('what was read before the page does not count as its own', async () => {
  const { page, reads, leave } = reader(100);
  leave({ units: 10_000, isThrottled: true });
  await clock.until((async () => [await page(10), await page(10)])());
  expect(reads.map(({ at }) => at)).toEqual([0, 100]);
});

describe('eight segments together', () => {
  const of = 8;
  const segments = Array.from({ length: of }, (_, index) => ({ index, of }));
  /** Everybody's reads, in the order of time, of pages of these units. */
  const readsOf = async (unitsPerSecond: number, pages: (index: number) => readonly number[]): Promise<readonly Read[]> => {
    const readers = segments.map((segment) => reader(unitsPerSecond, segment));
    await clock.until(
      Promise.all(
        readers.map(async ({ page }, index) => {
          for (const units of pages(index)) await page(units);
        }),
      ),
    );
    return readers.flatMap(({ reads }) => reads).toSorted((left, right) => left.at - right.at);
  };
  /** The most units between two points in time that are a number of seconds apart. */
  const mostIn = (reads: readonly Read[], seconds: number): number =>
    Math.max(
      ...reads.map(({ at: from }) =>
        reads.filter(({ at }) => at >= from && at < from + seconds * 1000).reduce((sum, { units }) => sum + units, 0),
      ),
    );

  test.each([750, 200, 5000])('begin one after the other, and take %i units a second and one page at most', async (unitsPerSecond) => {
    const reads = await readsOf(unitsPerSecond, () => Array(30).fill(256));
    expect(reads).toHaveLength(240);
    for (const seconds of [1, 2, 5, 20, 60]) expect(mostIn(reads, seconds)).toBeLessThanOrEqual(unitsPerSecond * seconds + 256);
    const lasted = (reads.at(-1)?.at ?? 0) / 1000;
    expect((240 * 256) / lasted).toBeGreaterThan(unitsPerSecond * 0.95); // It does not dawdle either.
  });

  test('take no more with pages of any size: one page of each segment beyond it, at most', async () => {
    const sizes = [256, 1, 90, 256, 256, 17, 200, 256, 3, 128];
    const largest = 256;
    const reads = await readsOf(750, (index) => Array.from({ length: 40 }, (_, page) => sizes[(page * 7 + index * 3) % 10] as number));
    for (const seconds of [1, 5, 20, 60]) expect(mostIn(reads, seconds)).toBeLessThanOrEqual(750 * seconds + of * largest);
  });
});

describe('a page that was throttled', () => {
  test('halves the pace, also if a retry read it', async () => {
    const { page, paced, reads } = reader(256);
    await clock.until((async () => [await page(256), await page(256, { isThrottled: true }), await page(1)])());
    expect(reads.map(({ at }) => at)).toEqual([0, 1000, 3000]);
    expect(paced.pace()?.part).toBe(0.625);
  });

  test('the pace recovers to its full', async () => {
    const { page, paced } = reader(256);
    const parts: (number | undefined)[] = [];
    await clock.until(
      (async () => {
        await page(256, { isThrottled: true });
        parts.push(paced.pace()?.part);
        for (let again = 0; again < 6; again++) {
          await page(256);
          parts.push(paced.pace()?.part);
        }
      })(),
    );
    expect(parts).toEqual([0.5, 0.625, 0.75, 0.875, 1, 1, 1]);
  });

  test('a sixteenth of the pace is the slowest', async () => {
    const { page, paced } = reader(256);
    await clock.until(
      (async () => {
        for (let again = 0; again < 9; again++) await page(256, { isThrottled: true });
      })(),
    );
    expect(paced.pace()?.part).toBe(1 / 16);
  });

  test('is read again, later and later, until the database answers', async () => {
    let left = 3;
    const at: number[] = [];
    const paced = pacer({ unitsPerSecond: 256, taken: () => ({ units: 256, isThrottled: false }), wait: clock.wait, now: clock.now }, one);
    const page = async () => {
      at.push(clock.now().getTime());
      left -= 1;
      if (left >= 0) throw throttled();
      return 'the page';
    };
    expect(await clock.until(paced.read(page, never))).toBe('the page');
    expect(at).toEqual([0, 2000, 6000, 14_000]);
  });

  test('and that says nothing of what it took counts as a whole page', async () => {
    const { page, paced } = reader(256);
    await clock.until(page(0, { fails: true }, new Date(0)).catch(() => {}));
    expect(paced.pace()?.nextAt).toBe(new Date(2000).toISOString());
  });
});

describe('the time is up', () => {
  test('before the next page may be read: it waits no longer, and reads nothing', async () => {
    const { page, reads } = reader(256);
    await clock.until(page(512));
    expect(await clock.until(page(256, {}, new Date(1500)))).toBeUndefined();
    expect(clock.now().getTime()).toBe(1500);
    expect(reads).toHaveLength(1);
  });

  test('and the last page could not be read: what came before it counts', async () => {
    const { page, paced } = reader(256);
    await clock.until(page(256));
    expect(await clock.until(page(256, { fails: true }, new Date(1200)))).toBeUndefined();
    expect(paced.pace()?.part).toBe(0.5);
  });

  test('and no page could be read: the error is told', async () => {
    const { page, reads } = reader(256);
    await expect(clock.until(page(256, { fails: true }, new Date(5000)))).rejects.toThrow('too much');
    expect(reads.map(({ at }) => at)).toEqual([0, 2000]);
  });

  test('while pages are refused that last longer than the pace: it stops', async () => {
    const { page, reads } = reader(256);
    await expect(clock.until(page(256, { fails: true, lasts: 10_000 }, new Date(15_000)))).rejects.toThrow('too much');
    expect(reads.map(({ at }) => at)).toEqual([0, 10_000]);
  });

  test('a little later than a timer that is early: it reads', async () => {
    const early = { unitsPerSecond: 256, taken: () => ({ units: 256, isThrottled: false }), now: clock.now };
    const paced = pacer({ ...early, wait: (milliseconds) => clock.wait(milliseconds - 1) }, one);
    await clock.until(paced.read(async () => 'first', never));
    expect(await clock.until(paced.read(async () => 'second', never))).toBe('second');
  });

  test('already at the start: a page is read all the same, so that each invocation comes on', async () => {
    expect(await clock.until(reader(256).page(7, {}, new Date(0)))).toBe(7);
  });
});

test('another error is told at once', async () => {
  const { paced } = reader(256);
  await expect(clock.until(paced.read(() => Promise.reject(new Error('a bug')), never))).rejects.toThrow('a bug');
});

test('the next process goes on at the pace of the one before: no page is free', async () => {
  const before = reader(256);
  await clock.until(before.page(512, { isThrottled: true }));
  const pace = JSON.parse(JSON.stringify(before.paced.pace())) as Pace;
  const after = reader(256, one, pace);
  await clock.until(after.page(256));
  expect(after.reads.map(({ at }) => at)).toEqual([4000]);
  expect(after.paced.pace()?.part).toBe(0.625);
});

test('without a pace every page is read at once, and progress has none', async () => {
  expect(await unpaced.read(async () => 'page', new Date(0))).toBe('page');
  expect(paceIn(unpaced)).toEqual({});
  expect(paceIn(reader(256).paced)).toEqual({ pace: { nextAt: new Date(0).toISOString(), part: 1 } });
});
