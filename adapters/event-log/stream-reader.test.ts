import { describe, expect, test } from '@jest/globals';
import type { Folding } from '../../core/log/event-store.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { added, append } from '../../test/support/requests.ts';
import { tally } from '../../test/support/tally.ts';
import { beginningOf, type CommitItem, fromItem, toItem } from './commit-item.ts';
import type { CommitLog } from './commit-log.ts';
import { withSnapshot } from './snapshot.ts';
import { eventStore } from './store-on-commit-log.ts';
import { foldingUpTo, foldStream, itemAt, versionAt } from './stream-reader.ts';

const at = (version: number): string => `2026-01-01T09:00:0${version}.000Z`;
/** An item of two events, the first at this version, recorded at that second. */
const pair = (version: number): CommitItem =>
  toItem(
    { ...beginningOf('tally-7'), version: version - 1 },
    { commandId: `k${version}`, correlationId: 'c', causationId: 'c', command: { type: 'Add', data: {} } },
    { events: added(1, 1) },
    at(version),
  );
const versions: Folding<readonly unknown[]> = {
  fingerprint: 'versions',
  initialState: () => [],
  evolve: (all, { version, events }) => [...all, ...events.map((_, index) => version + index)],
};
const withState = (item: CommitItem, state: unknown): CommitItem =>
  withSnapshot(item, { fingerprint: 'versions', state: JSON.stringify(state), recalls: [], commitsSince: 0, bytesSince: 0 });

/** A log that answers with these pages, one after the other, and writes down what it is asked. */
const scripted = (...pages: readonly (readonly CommitItem[])[]) => {
  const asked: unknown[] = [];
  const log: CommitLog = {
    putNew: async () => undefined,
    query: async (stream, range) => {
      asked.push([stream, range]);
      return { items: pages[asked.length - 1] ?? [], more: asked.length < pages.length };
    },
    scan: async () => ({ items: [] }),
  };
  return { log, asked };
};
const reading = { stream: 'tally-7', folding: versions, consistency: 'strong' } as const;

describe('a fold', () => {
  test('is one query where the stream is short', async () => {
    const { log, asked } = scripted([pair(3), pair(1)]);
    const { state, end } = await foldStream({ log, ...reading, consistency: 'eventual' });
    expect([state, end.version, end.at]).toEqual([[1, 2, 3, 4], 4, at(3)]);
    expect(asked).toEqual([['tally-7', { limit: 8, newestFirst: true, consistency: 'eventual' }]]);
  });

  test('starts at the newest snapshot that it can read', async () => {
    const { log, asked } = scripted([pair(7), withState(pair(5), ['until 6']), withState(pair(3), ['until 4'])], []);
    expect((await foldStream({ log, ...reading })).state).toEqual(['until 6', 7, 8]);
    expect(asked).toHaveLength(1);
  });

  test('looks for a snapshot in one more page, and then reads from the first commit, page by page', async () => {
    const { log, asked } = scripted([pair(7)], [pair(5)], [pair(1), pair(3)], [pair(5), pair(7)]);
    expect((await foldStream({ log, ...reading })).state).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const strong = { consistency: 'strong' };
    expect(asked).toEqual([
      ['tally-7', { limit: 8, newestFirst: true, ...strong }],
      ['tally-7', { to: 6, newestFirst: true, ...strong }],
      ['tally-7', { from: 1, ...strong }],
      ['tally-7', { from: 5, ...strong }],
    ]);
  });

  test('finds the snapshot of the second page', async () => {
    const { log, asked } = scripted([pair(7)], [pair(5), withState(pair(3), ['until 4'])], []);
    expect((await foldStream({ log, ...reading })).state).toEqual(['until 4', 5, 6, 7, 8]);
    expect(asked).toHaveLength(2);
  });

  test('ends with the first commit, whatever the log says of more', async () => {
    const { log, asked } = scripted([pair(1)], [pair(3)]);
    expect((await foldStream({ log, ...reading })).state).toEqual([1, 2]);
    expect(asked).toHaveLength(1);
  });

  test('up to a version reads no later one, and starts at no later snapshot', async () => {
    const late = withState(pair(5), ['until 6']);
    const { log, asked } = scripted([late], [pair(3)], [pair(1), pair(3)], [late], []);
    expect((await foldStream({ log, ...reading, to: 5 })).state).toEqual([1, 2, 3, 4, 5, 6]);
    const strong = { consistency: 'strong' };
    expect(asked).toEqual([
      ['tally-7', { limit: 8, to: 5, newestFirst: true, ...strong }],
      ['tally-7', { to: 4, newestFirst: true, ...strong }],
      ['tally-7', { from: 1, to: 5, ...strong }],
      ['tally-7', { from: 5, to: 5, ...strong }],
    ]);
    const exact = scripted([withState(pair(5), ['until 6']), pair(3)], []);
    expect((await foldStream({ log: exact.log, ...reading, to: 6 })).state).toEqual(['until 6']);
  });

  test('of a stream with a hole names it, and with an eventual read looks again first', async () => {
    const message = 'tally-7 has a hole at version 3: restore it from a backup';
    const strong = scripted([pair(5), pair(1)]);
    await expect(foldStream({ log: strong.log, ...reading })).rejects.toThrow(message);
    expect(strong.asked).toHaveLength(1);
    const eventual = scripted([pair(5), pair(1)], [pair(5), pair(3), pair(1)]);
    expect((await foldStream({ log: eventual.log, ...reading, consistency: 'eventual' })).state).toEqual([1, 2, 3, 4, 5, 6]);
    expect(eventual.asked).toEqual(['eventual', 'strong'].map((consistency) => ['tally-7', { limit: 8, newestFirst: true, consistency }]));
  });
});

test('a folding up to a version leaves out the later events of a commit', () => {
  const upTo = (version: number) => foldingUpTo(versions, version).evolve([], fromItem(pair(3)));
  expect([2, 3, 4, 5].map(upTo)).toEqual([[], [3], [3, 4], [3, 4]]);
  expect(foldingUpTo(versions, 4).fingerprint).toBe('versions');
});

test('the item at a version is one strongly consistent query', async () => {
  const { log, asked } = scripted([pair(3)]);
  expect(await itemAt(log, 'tally-7', 3)).toEqual(pair(3));
  expect(asked).toEqual([['tally-7', { from: 3, to: 3, consistency: 'strong' }]]);
  expect(await itemAt(scripted().log, 'tally-7', 3)).toBeUndefined();
});

describe('the version at a time', () => {
  const withPairs = (...first: readonly number[]) => {
    const asked: unknown[] = [];
    const log: CommitLog = {
      ...scripted().log,
      query: async (_, range) => {
        asked.push(range);
        const { from = 1, to = 99 } = range;
        return {
          items: first
            .map(pair)
            .filter(({ version }) => version >= from && version <= to)
            .toReversed()
            .slice(0, 1),
          more: true,
        };
      },
    };
    return { log, asked };
  };

  test('is the last one that was recorded until then', async () => {
    const { log } = withPairs(1, 3, 5, 7, 9);
    const times = ['2026-01-01T08:59:59.999Z', at(1), at(2), at(3), at(4), at(7), at(8), at(9), '2027-01-01T00:00:00.000Z'];
    expect(await Promise.all(times.map((time) => versionAt(log, 'tally-7', time)))).toEqual([0, 2, 2, 4, 4, 8, 8, 10, 10]);
  });

  test('of an empty stream is 0, after one query', async () => {
    const { log, asked } = withPairs();
    expect(await versionAt(log, 'tally-7', at(1))).toBe(0);
    expect(asked).toEqual([{ from: 1, limit: 1, newestFirst: true, consistency: 'strong' }]);
  });

  test('is found in few queries, each for one item', async () => {
    const { log, asked } = withPairs(1, 3, 5, 7);
    expect(await versionAt(log, 'tally-7', at(4))).toBe(4);
    const one = { limit: 1, newestFirst: true, consistency: 'strong' };
    expect(asked).toEqual([
      { from: 1, ...one },
      { from: 1, to: 4, ...one },
      { from: 5, to: 6, ...one },
    ]);
  });
});

const itemsPerPage = 3;

/** Pages as DynamoDB cuts them: after a full page there may be more, even if no item is left. Bounds in the wrong order are an error. */
const cutLog = (): CommitLog => {
  const kept: CommitItem[] = [];
  return {
    putNew: async (item) => void kept.push(item),
    query: async (_, { from = 1, to = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY, newestFirst = false }) => {
      if (from > to)
        throw new Error('ValidationException: the BETWEEN operator requires upper bound to be greater than or equal to lower bound');
      const within = kept.filter(({ version }) => version >= from && version <= to);
      const items = (newestFirst ? within.toReversed() : within).slice(0, Math.min(limit, itemsPerPage));
      return { items, more: items.length === itemsPerPage || items.length < within.length };
    },
    scan: async () => ({ items: [] }),
  };
};

test('a past state is the same wherever the pages of the log end, with snapshots and without', async () => {
  const store = eventStore(cutLog(), () => new Date(0));
  const stream = { aggregate: 'tally', id: 'a' };
  let tail = store.begin(stream);
  for (let count = 0; count < 40; count++) ({ tail } = await append(store, tail, [{ type: 'Added', schema: 1, data: { amount: 1 } }]));
  for (const folding of [foldingOf(tally), foldingOf({ ...tally, revision: 2 })])
    for (let version = 0; version <= 41; version++)
      expect(await store.past(stream, folding, { version })).toMatchObject({
        version: Math.min(version, 40),
        state: { sum: Math.min(version, 40) },
      });
});
