import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { Commit, Folding, Range } from '../../core/log/event-store.ts';
import { openLog } from '../../test/support/open-log.ts';
import { added, append, appendTo, request } from '../../test/support/requests.ts';
import type { CommitItem } from './commit-item.ts';
import type { CommitLog } from './commit-log.ts';
import { eventStore } from './store-on-commit-log.ts';

const stream = { aggregate: 'tally', id: '7' };
const now = (): Date => new Date('2026-01-01T09:00:00.000Z');
const versions: Folding<readonly number[]> = {
  fingerprint: 'versions',
  initialState: () => [],
  evolve: (all, { version, events }: Commit) => [...all, ...events.map((_, index) => version + index)],
};
const opened = (opening = openLog()) => ({ ...opening, store: eventStore(opening.log, now) });
/** A store whose stream has commits of these sizes. */
const filled = async (...sizes: readonly number[]) => {
  const all = opened();
  const tails = [all.store.begin(stream)];
  for (const size of sizes) tails.push((await append(all.store, tails.at(-1) as never, added(...Array(size).fill(1)))).tail);
  return { ...all, tails };
};
afterEach(() => {
  jest.restoreAllMocks();
});

describe('a tail', () => {
  test('is frozen, and has the stream, its version and its size in memory', async () => {
    const { store } = opened();
    const tail = store.begin({ ...stream, tenant: 'acme' });
    expect(tail).toEqual({ stream: { tenant: 'acme', ...stream }, version: 0, sizeBytes: 256 });
    expect(Object.isFrozen(tail)).toBe(true);
  });

  test('of another store opens nothing', async () => {
    const { store } = opened();
    const other = opened().store.begin(stream);
    const message = 'this tail was not issued by this store: load the stream';
    await expect(append(store, other, added(1))).rejects.toThrow(message);
    await expect(store.recall(other, request({ type: 'Add', data: {} }))).rejects.toThrow(message);
  });

  test('counts the state that was loaded, or appended, with it', async () => {
    const { store } = opened();
    const folded = { fingerprint: 'f', state: 'x'.repeat(1000) };
    const { tail } = await store.append(store.begin(stream), request({ type: 'Add', data: {} }), { events: added(1), folded });
    const { sizeBytes } = (await store.load(stream, { ...versions, fingerprint: 'f' }, 'strong')).tail;
    expect(tail.sizeBytes).toBeGreaterThan(1000 + 2 + 256 + 64);
    expect(tail.sizeBytes).toBeLessThan(2000);
    expect(tail.sizeBytes - sizeBytes).toBeGreaterThanOrEqual(0); // The load remembers the request without its commit.
    const circular = (await store.load(stream, { ...versions, fingerprint: 'g', initialState: () => [Number.NaN] }, 'strong')).tail;
    expect(circular.sizeBytes).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('an append', () => {
  const asked = request({ type: 'Add', data: { amounts: [1] } }, 'k1');

  test('is of one event at least', async () => {
    const { store, calls } = opened();
    await expect(appendTo(store, store.begin(stream), asked, [])).rejects.toThrow('a commit must have at least one event');
    expect(calls.put).toBe(0);
  });

  test('is recorded now, or when the caller says', async () => {
    const { store } = opened();
    const folded = { fingerprint: 'f', state: null };
    const first = await store.append(store.begin(stream), asked, { events: added(1), folded });
    expect(first).toMatchObject({ won: true, isNew: true, commit: { recordedAt: '2026-01-01T09:00:00.000Z', commandId: 'k1' } });
    const later = { events: added(1), folded, recordedAt: '2026-02-01T00:00:00.000Z' };
    expect(await store.append(first.tail, request({ type: 'Add', data: {} }), later)).toMatchObject({
      commit: { version: 2, recordedAt: '2026-02-01T00:00:00.000Z' },
    });
  });

  test('of a request that its tail remembers answers the earlier commit, and puts nothing', async () => {
    const { store, calls } = opened();
    const first = await appendTo(store, store.begin(stream), asked, added(1));
    const again = await appendTo(store, first.tail, asked, added(2));
    expect(again).toMatchObject({ won: true, isNew: false, commit: { version: 1, events: added(1) } });
    expect(again.tail).toBe(first.tail);
    expect(calls).toEqual({ put: 1, query: 0 });
  });

  test('of another command under the id of an earlier one is invalid', async () => {
    const { store } = opened();
    const { tail } = await appendTo(store, store.begin(stream), asked, added(1));
    const other = request({ type: 'Add', data: { amounts: [2] } }, 'k1');
    await expect(appendTo(store, tail, other, added(2))).rejects.toMatchObject({
      code: 'IdempotencyKeyReused',
      message: "'k1' was used on tally-7 with another command or other data",
    });
  });

  test('that finds its own commit in its place has won, and that of another one has lost', async () => {
    const { store } = opened();
    const tail = store.begin(stream);
    await appendTo(store, tail, asked, added(1));
    const repeated = await appendTo(store, tail, asked, added(1));
    expect(repeated).toMatchObject({ won: true, isNew: false, commit: { version: 1 }, tail: { version: 1 } });
    const lost = await appendTo(store, tail, request({ type: 'Add', data: {} }, 'k2'), added(1, 2));
    expect(lost).toMatchObject({ won: false, winner: { commandId: 'k1' }, tail: { version: 1 } });
    expect(await appendTo(store, lost.tail, request({ type: 'Add', data: {} }, 'k2'), added(1, 2))).toMatchObject({ isNew: true });
  });
});

describe('a recall', () => {
  const asked = request({ type: 'Add', data: {} }, 'k1');
  const loadedAgain = async () => {
    const all = opened();
    await appendTo(all.store, all.store.begin(stream), asked, added(1));
    const { tail } = await append(all.store, (await all.store.load(stream, versions, 'strong')).tail, added(2));
    return { ...all, tail };
  };

  test('finds the commit of a request, and nothing for another one', async () => {
    const { store, tail } = await loadedAgain();
    expect(await store.recall(tail, asked)).toMatchObject({ commandId: 'k1', version: 1 });
    expect(await store.recall(tail, request({ type: 'Add', data: {} }, 'k2'))).toBeUndefined();
  });

  test('reads a commit whose key alone is remembered', async () => {
    const { store, calls } = opened();
    const first = await store.append(store.begin(stream), asked, { events: added(1), folded: { fingerprint: 'versions', state: [1] } });
    await store.append(first.tail, request({ type: 'Add', data: {} }), {
      events: added(1),
      folded: { fingerprint: 'versions', state: [1, 2] },
    });
    const { tail } = await store.load(stream, versions, 'strong');
    calls.query = 0;
    expect(await store.recall(tail, asked)).toMatchObject({ commandId: 'k1', version: 1 });
    expect(calls.query).toBe(1);
  });

  test('that found nothing spares the append at the same tail its look, and at no other', async () => {
    const { log } = openLog();
    let looks = 0;
    const query: CommitLog['query'] = async (name, range) => {
      if (range.from === undefined || range.from !== range.to) return log.query(name, range);
      looks += 1;
      return { items: [], more: false };
    };
    const store = eventStore({ ...log, query }, now);
    const folded = { fingerprint: 'versions', state: [] };
    const first = await store.append(store.begin(stream), asked, { events: added(1), folded });
    await store.append(first.tail, request({ type: 'Add', data: {} }), { events: added(1), folded });
    const { tail } = await store.load(stream, versions, 'strong');
    expect([await store.recall(tail, asked), looks]).toEqual([undefined, 1]);
    expect(await store.append(tail, asked, { events: added(1), folded })).toMatchObject({ isNew: true });
    expect(looks).toBe(1);
    await store.append((await store.load(stream, versions, 'strong')).tail, asked, { events: added(1), folded });
    expect(looks).toBe(2);
  });
});

describe('a page', () => {
  const pageOf = async (range: Range, sizes = [2, 3, 1]) => {
    const { commits, next } = await (await filled(...sizes)).store.read(stream, range);
    return [commits.map(({ version }) => version), next];
  };
  test.each<[Range, unknown]>([
    [{ from: 1, limit: 3 }, [[1, 3, 6], undefined]],
    [{ from: 0, limit: 1 }, [[1], 3]],
    [{ from: 1, limit: 2 }, [[1, 3], 6]],
    [{ from: 2, limit: 1 }, [[1], 3]],
    [{ from: 3, limit: 2 }, [[3, 6], undefined]],
    [{ from: 5, limit: 2 }, [[3, 6], undefined]],
    [{ from: 6, limit: 2 }, [[6], undefined]],
    [{ from: 7, limit: 2 }, [[], undefined]],
    [{ from: 6, limit: 2, newestFirst: true }, [[6, 3], 2]],
    [{ from: 4, limit: 1, newestFirst: true }, [[3], 2]],
    [{ from: 2, limit: 1, newestFirst: true }, [[1], undefined]],
    [{ from: 1, limit: 5, newestFirst: true }, [[1], undefined]],
    [{ from: 0, limit: 1, newestFirst: true }, [[], undefined]],
  ])('%j', async (range, expected) => expect(await pageOf(range)).toEqual(expected));

  test('asks the log for one commit more, strongly consistent, and once where it begins with a commit', async () => {
    const asked: unknown[] = [];
    const { log } = await filled(2, 3);
    const query: CommitLog['query'] = (...given) => {
      asked.push(given);
      return log.query(...given);
    };
    const store = eventStore({ ...log, query }, now);
    await store.read(stream, { from: 3, limit: 1 });
    await store.read(stream, { from: 2, limit: 4 });
    await store.read(stream, { from: 1, limit: 1 });
    await store.read(stream, { from: 0, limit: 1, newestFirst: true });
    await store.read(stream, { from: 9, limit: 2, newestFirst: true });
    const strong = { consistency: 'strong' };
    expect(asked).toEqual([
      ['tally-7', { from: 3, limit: 2, newestFirst: false, ...strong }],
      ['tally-7', { from: 2, limit: 5, newestFirst: false, ...strong }],
      ['tally-7', { to: 1, limit: 1, newestFirst: true, ...strong }],
      ['tally-7', { from: 1, limit: 2, newestFirst: false, ...strong }],
      ['tally-7', { to: 9, limit: 3, newestFirst: true, ...strong }],
    ]);
  });

  test('that the log cut short goes on after its last commit', async () => {
    const { log } = await filled(1, 1);
    const cut = eventStore(
      { ...log, query: async (...given) => ({ items: (await log.query(...given)).items.slice(0, 1), more: true }) },
      now,
    );
    expect(await cut.read(stream, { from: 1, limit: 5 })).toMatchObject({ commits: [{ version: 1 }], next: 2 });
    expect(await cut.read(stream, { from: 1, limit: 5, newestFirst: true })).not.toHaveProperty('next');
  });
});

test('a scan has the commits of its segment and the cursor, and skips and logs an item without the name of a stream', async () => {
  const lines = jest.spyOn(console, 'error').mockImplementation(() => {});
  const { log, items } = await filled(1);
  const asked: unknown[] = [];
  const scanned = [...items('tally-7'), { ...(items('tally-7')[0] as CommitItem), stream: 'no stream', version: 9 }];
  const scan: CommitLog['scan'] = async (...given) => {
    asked.push(given);
    return { items: scanned, cursor: 'next' };
  };
  const page = await eventStore({ ...log, scan }, now).scan({ index: 1, of: 2 }, 'here');
  expect(page).toMatchObject({ commits: [{ stream, version: 1 }], cursor: 'next' });
  expect(asked).toEqual([[{ index: 1, of: 2 }, 'here']]);
  expect(lines.mock.calls).toEqual([['{"stream":"no stream","version":9,"error":"this is not a stream name: the item is skipped"}']]);
});

describe('a past state', () => {
  test.each([
    [0, [], 0, ''],
    [-1, [], 0, ''],
    [1, [1], 1, '2026-01-01T09:00:00.000Z'],
    [4, [1, 2, 3, 4], 4, '2026-01-01T09:00:00.000Z'],
    [9, [1, 2, 3, 4, 5, 6], 6, '2026-01-01T09:00:00.000Z'],
  ])('at version %d', async (version, state, at, recordedAt) => {
    const { store } = await filled(2, 3, 1);
    expect(await store.past(stream, versions, { version })).toEqual({ state, version: at, recordedAt });
  });

  test('at a time is that of the last commit until then', async () => {
    const { store } = await filled(2, 3);
    const past = (at: string) => store.past(stream, versions, { at });
    expect(await past('2026-01-01T08:59:59.999Z')).toEqual({ state: [], version: 0, recordedAt: '' });
    expect(await past('2026-01-01T09:00:00.000Z')).toMatchObject({ state: [1, 2, 3, 4, 5], version: 5 });
  });
});

describe('a page of at most 8,000,000 bytes of text', () => {
  const bare = JSON.stringify([{ type: 'Added', schema: 1, data: { note: '' } }]).length;
  const sized = (bytes: number) => [{ type: 'Added', schema: 1, data: { note: 'x'.repeat(bytes - bare) } }];
  const withCommits = async (...sizes: readonly number[]) => {
    const { store } = opened();
    let tail = store.begin(stream);
    for (const bytes of sizes) ({ tail } = await append(store, tail, sized(bytes)));
    return store;
  };
  const whole = { index: 0, of: 1 };

  test.each([
    [[2e6, 2e6, 2e6, 2e6], [[1, 2, 3, 4]]],
    [
      [2e6, 2e6, 2e6, 2e6, 100],
      [[1, 2, 3, 4], [5]],
    ],
    [
      [2e6, 2e6, 2e6, 2e6 + 1],
      [[1, 2, 3], [4]],
    ],
  ])('of a scan, of commits of %j bytes', async (sizes, expected) => {
    const store = await withCommits(...sizes);
    const pages: number[][] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page: Awaited<ReturnType<typeof store.scan>> = await store.scan(whole, cursor);
      pages.push(page.commits.map(({ version }) => version));
      cursor = page.cursor;
      more = cursor !== undefined;
    }
    expect(pages).toEqual(expected);
  });

  test('of a read has one commit at least', async () => {
    const store = await withCommits(2e6, 2e6);
    const pages = [
      await store.read(stream, { from: 1, limit: 9, maxBytes: 1 }),
      await store.read(stream, { from: 1, limit: 9, maxBytes: 4e6 }),
    ];
    expect(pages.map(({ commits, next }) => [commits.length, next])).toEqual([
      [1, 2],
      [2, undefined],
    ]);
  });

  test('a scan of an empty log is empty', async () => expect(await opened().store.scan(whole)).toEqual({ commits: [] }));
});
