import { describe, expect, test } from '@jest/globals';
import { Unavailable } from '../basics/errors.ts';
import { type AnchorManifest, type AnchorPart, type AnchorProgress, anchorSteps, type ChainLog, type Head } from './anchor-steps.ts';

const head = (stream: string, version: number): Head => ({ stream, version, hash: `hash of ${stream}@${version}` });

/** Five streams of one to five commits; a page ends wherever so many commits are full. */
const commits = [1, 2, 3, 4, 5].flatMap((length) => Array.from({ length }, (_, index) => head(`jar-${length}`, index + 1)));
const heads = [1, 2, 3, 4, 5].map((length) => head(`jar-${length}`, length));

const logIn = (size: number, all: readonly Head[] = commits): ChainLog => ({
  scan: async ({ index }, cursor = '0') => {
    if (index > 0) return { commits: [] };
    const end = Number(cursor) + size;
    return { commits: all.slice(Number(cursor), end), ...(end < all.length ? { cursor: String(end) } : {}) };
  },
});

/** Parts by name: what it says of the part before, and of itself. */
const memoryAnchors = () => {
  const parts = new Map<string, AnchorPart>();
  const complete: AnchorManifest[] = [];
  return {
    parts,
    complete,
    store: {
      putPart: async (part: AnchorPart) => {
        const name = JSON.stringify(part);
        parts.set(name, part);
        return name;
      },
      complete: async (manifest: AnchorManifest) => void complete.push(manifest),
    },
    /** All heads that a manifest leads to. */
    headsOf: ({ parts: last }: AnchorManifest): readonly Head[] =>
      last.flatMap((name) => {
        const found: Head[] = [];
        for (let part = parts.get(name); part !== undefined; part = parts.get(part.before ?? '')) found.unshift(...part.heads);
        return found;
      }),
  };
};

/** What the state machine does, with so much time for each step; after each, its answer is lost as often as is said. */
const run = async (log: ChainLog, { until = new Date(9e15), lost = 0, headsPerPart = 30_000 } = {}) => {
  const anchors = memoryAnchors();
  const steps = anchorSteps({ log, store: anchors.store, now: () => new Date(1), headsPerPart });
  const { anchor, segments } = await steps.plan();
  let invocations = 0;
  const done = segments.map(async (segment) => {
    let progress: AnchorProgress = { streams: 0, isDone: false };
    while (!progress.isDone) {
      invocations += 1;
      const told = JSON.parse(JSON.stringify(progress)); // As it travels.
      for (let again = 0; again < lost; again++) await steps.anchor({ anchor, segment, progress: told }, until);
      progress = await steps.anchor({ anchor, segment, progress: told }, until);
    }
    return progress;
  });
  const answer = await steps.complete({ anchor, segments: await Promise.all(done) });
  return { answer, invocations, ...anchors };
};

describe.each([1, 2, 3, 4, 7, 100])('pages of %i', (size) => {
  test.each([
    ['in one go', {}],
    ['a page at a time', { until: new Date(0) }],
    ['a page at a time, each twice', { until: new Date(0), lost: 1 }],
    ['in small parts', { headsPerPart: 2 }],
  ])('%s: the anchor has the last commit of every stream, once', async (_, options) => {
    const { answer, complete, headsOf } = await run(logIn(size), options);
    expect(complete).toHaveLength(1);
    expect(headsOf(complete[0] as AnchorManifest)).toEqual(heads);
    expect(answer).toEqual({ anchor: '1970-01-01T00:00:00.001Z', streams: 5 });
  });
});

test('what happens to be the end of a page is not taken for the end of a stream', async () => {
  const { parts } = await run(logIn(1, [head('jar-1', 1), head('jar-1', 2), head('jar-2', 1)]), { until: new Date(0) });
  expect([...parts.values()].flatMap((part) => part.heads)).toEqual([head('jar-1', 2), head('jar-2', 1)]);
});

test('an empty log has an anchor, of nothing', async () => {
  const { complete, parts } = await run(logIn(1, []));
  expect(complete).toEqual([{ anchor: '1970-01-01T00:00:00.001Z', streams: 0, parts: [] }]);
  expect(parts.size).toBe(0);
});

test('the progress stays small, however many parts there are', async () => {
  const many = Array.from({ length: 5000 }, (_, index) => head(`jar-${index}`, 1));
  const anchors = memoryAnchors();
  let names = 0;
  const store = { ...anchors.store, putPart: async () => `part ${++names}` };
  const { anchor } = anchorSteps({ log: logIn(10, many), store, now: () => new Date(1), headsPerPart: 10 });
  const progress = { streams: 0, isDone: false };
  const done = await anchor({ anchor: 'a', segment: { index: 0, of: 1 }, progress }, new Date(9e15));
  expect(names).toBeGreaterThan(400);
  expect(JSON.stringify(done).length).toBeLessThan(200);
});

describe('a step', () => {
  const begin = { anchor: 'a', segment: { index: 0, of: 1 }, progress: { streams: 0, isDone: false } };
  const stepWith = async (until: Date, headsPerPart?: number) => {
    const anchors = memoryAnchors();
    const log = logIn(4); // Four pages.
    const { anchor } = anchorSteps({
      log,
      store: anchors.store,
      now: () => new Date(1),
      ...(headsPerPart === undefined ? {} : { headsPerPart }),
    });
    return { progress: await anchor(begin, until), parts: [...anchors.parts.values()] };
  };

  test.each([0, 1])('stops after its first page if its time was up %i ms after 1970', async (until) => {
    const { progress, parts } = await stepWith(new Date(until));
    expect(parts).toEqual([{ anchor: 'a', segment: 0, heads: heads.slice(0, 2), before: undefined }]);
    expect(progress).toEqual({ streams: 2, cursor: '4', open: head('jar-3', 1), last: expect.any(String), isDone: false });
  });

  test('with time left goes to the end, and stores one part', async () => {
    const { progress, parts } = await stepWith(new Date(2));
    expect(parts).toEqual([{ anchor: 'a', segment: 0, heads, before: undefined }]);
    expect(progress).toEqual({ streams: 5, cursor: undefined, open: undefined, last: JSON.stringify(parts[0]), isDone: true });
  });

  test('stores a part after the page that fills it; each part names the one before', async () => {
    const { progress, parts } = await stepWith(new Date(2), 2);
    expect(parts.map((part) => part.heads)).toEqual([heads.slice(0, 2), heads.slice(2, 4), heads.slice(4)]);
    expect(parts[1]?.before).toBe(JSON.stringify(parts[0]));
    expect(progress.last).toBe(JSON.stringify(parts[2]));
  });

  test('that is told of a segment that is done reads nothing', async () => {
    const scan = () => Promise.reject(new Error('nobody asked'));
    const { anchor } = anchorSteps({ log: { scan }, store: memoryAnchors().store, now: () => new Date(1) });
    const progress = { streams: 3, last: 'part 1', isDone: true };
    expect(await anchor({ ...begin, progress }, new Date(2))).toEqual({ ...progress, cursor: undefined, open: undefined });
  });
});

test('the plan of an anchor has its time as a name, and the eight segments of the log', async () => {
  const { plan } = anchorSteps({ log: logIn(1), store: memoryAnchors().store, now: () => new Date(1) });
  const segments = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({ index, of: 8 }));
  expect(await plan()).toEqual({ anchor: '1970-01-01T00:00:00.001Z', segments });
});

describe('an anchor at a pace', () => {
  /** A scan takes 100 units. Some of them are throttled. */
  const paced = (throttled: readonly number[], headsPerPart = 30_000) => {
    const anchors = memoryAnchors();
    let milliseconds = 0;
    const scans: number[] = [];
    const now = () => new Date(milliseconds);
    const log: ChainLog = {
      scan: async (segment, cursor) => {
        scans.push(milliseconds);
        if (throttled.includes(scans.length)) throw new Unavailable('ThrottlingException: too much');
        return logIn(4).scan(segment, cursor);
      },
    };
    const wait = async (longer: number) => {
      milliseconds += longer;
    };
    const pace = { unitsPerSecond: 256, taken: () => ({ units: 256, isThrottled: false }), wait, now };
    return { scans, ...anchors, ...anchorSteps({ log, store: anchors.store, now, pace, headsPerPart }) };
  };
  const whole = { index: 0, of: 1 };
  const nothing: AnchorProgress = { streams: 0, isDone: false };

  test.each([[[]], [[1]], [[2]], [[3, 4]]])('has every head once, whichever scans are throttled: %j', async (throttled) => {
    const { anchor, parts, scans } = paced(throttled, 2);
    const done = await anchor({ anchor: 'a', segment: whole, progress: nothing }, new Date(8e15));
    expect([...parts.values()].flatMap((part) => part.heads)).toEqual(heads);
    expect(done).toMatchObject({ streams: 5, isDone: true });
    expect(done).not.toHaveProperty('pace');
    expect(scans).toHaveLength(4 + throttled.length);
  });

  test('waits between two scans, and goes on where its time was up, at its pace', async () => {
    const { anchor, scans, parts } = paced([2]);
    let progress: AnchorProgress = nothing;
    const ends = [1500, 6000, 8e15];
    for (const until of ends) progress = await anchor({ anchor: 'a', segment: whole, progress: { ...progress } }, new Date(until));
    expect(scans).toEqual([0, 1000, 3000, 4600, 5934]);
    expect(progress.isDone).toBe(true);
    expect([...parts.values()].flatMap((part) => part.heads)).toEqual(heads);
  });
});
