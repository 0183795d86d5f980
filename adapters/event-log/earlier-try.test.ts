import { describe, expect, test } from '@jest/globals';
import { type Commit, type Folding, type Request, recallWindow, type Tries } from '../../core/log/event-store.ts';
import { openLog } from '../../test/support/open-log.ts';
import { added, request } from '../../test/support/requests.ts';
import type { CommitLog, ItemRange } from './commit-log.ts';
import { eventStore } from './store-on-commit-log.ts';

const stream = { aggregate: 'tally', id: '7' };
const command = { type: 'Add', data: { amounts: [1] } };
const nothing: Folding<null> = { fingerprint: 'nothing', initialState: () => null, evolve: () => null };
const second = 1000;
const timeOf = (commit: number): string => new Date(commit * second).toISOString();
const later = (since: () => Promise<string>): Tries => ({ isFirst: false, since });

/** A stream of so many commits, one a second from 0 on. Commit 1 is of `k1`, and so on. */
const filled = async (commits: number, pageBytes?: number) => {
  const { log, ...more } = openLog(pageBytes);
  const ranges: ItemRange[] = [];
  let fails = (_: ItemRange): Error | undefined => undefined;
  const noted: CommitLog = {
    ...log,
    query: async (name, range) => {
      ranges.push(range);
      const error = fails(range);
      if (error !== undefined) throw error;
      return log.query(name, range);
    },
  };
  let at = 0;
  const store = eventStore(noted, () => new Date(timeOf(at)));
  const append = (asked: Request, tail = store.begin(stream)) =>
    store.append(tail, asked, { events: added(1), folded: { fingerprint: nothing.fingerprint, state: null } });
  const commit = async (): Promise<void> => {
    at += 1;
    const { tail } = await store.load(stream, nothing, 'strong');
    await append(request(command, `k${at}`), tail);
  };
  for (let index = 0; index < commits; index++) await commit();
  ranges.length = 0;
  const loaded = async () => {
    const { tail } = await store.load(stream, nothing, 'eventual');
    ranges.length = 0;
    return tail;
  };
  const fail = (when: typeof fails): void => {
    fails = when;
  };
  return { ...more, store, append, commit, loaded, ranges, fail };
};
const id = (commit: Commit | undefined): string | undefined => commit?.commandId;

describe('the look for an earlier try', () => {
  test('begins before what the tail remembers, and is strongly consistent', async () => {
    const { store, loaded, ranges } = await filled(300);
    const tail = await loaded();
    expect(id(await store.recall(tail, { ...request(command, 'k1'), tries: later(async () => timeOf(0)) }))).toBe('k1');
    expect(ranges).toEqual([
      { from: 1, to: 300 - recallWindow, limit: recallWindow, newestFirst: true, consistency: 'strong' },
      { from: 1, to: 300 - 2 * recallWindow, limit: 4 * recallWindow, newestFirst: true, consistency: 'strong' },
    ]);
  });

  test('has pages that grow to a limit, each as large as the database likes', async () => {
    const { store, loaded, ranges } = await filled(400, 2000);
    expect(await store.recall(await loaded(), { ...request(command, 'new'), tries: later(async () => timeOf(0)) })).toBeUndefined();
    const limits = ranges.map(({ limit }) => limit);
    expect(limits.slice(0, 6)).toEqual([64, 256, 1024, 4096, 4096, 4096]);
    const ends = ranges.map(({ to }) => to as number);
    expect(ends).toEqual([...new Set(ends)].sort((a, b) => b - a));
    expect(ranges.every(({ from }) => from === 1)).toBe(true);
  });

  test('ends at the time before which there was no try', async () => {
    const { store, loaded, ranges } = await filled(700);
    const cause = (commit: number) => later(async () => timeOf(commit));
    // The first page has the commits 573 to 636.
    for (const [since, pages] of [
      [575, 1],
      [574, 1],
      [573, 2],
    ] as const) {
      expect(await store.recall(await loaded(), { ...request(command, `new ${since}`), tries: cause(since) })).toBeUndefined();
      expect(ranges).toHaveLength(pages);
    }
    // The page has older commits too, and a commit that it has is found.
    expect(id(await store.recall(await loaded(), { ...request(command, 'k574'), tries: cause(600) }))).toBe('k574');
    expect(await store.recall(await loaded(), { ...request(command, 'k10'), tries: cause(600) })).toBeUndefined();
  });

  test.each([Number.NaN, 0])('goes to the beginning of the stream if the time of the cause is not known: %d', async (time) => {
    const { store, loaded } = await filled(300);
    const tries = later(async () => (Number.isNaN(time) ? 'some day' : timeOf(time)));
    expect(id(await store.recall(await loaded(), { ...request(command, 'k1'), tries }))).toBe('k1');
  });
});

describe('nothing more is read', () => {
  const unasked = later(() => Promise.reject(new Error('the time of the cause is asked for')));

  test.each([0, 1, recallWindow - 1, recallWindow])('where the tail remembers the whole stream, of %d commits', async (commits) => {
    const { store, loaded, ranges } = await filled(commits);
    expect(await store.recall(await loaded(), { ...request(command, 'new'), tries: unasked })).toBeUndefined();
    expect(ranges).toEqual([]);
  });

  test('where a commit that the tail has is older than the cause', async () => {
    const { store, commit, loaded, ranges, append } = await filled(400);
    await commit();
    const tail = await loaded();
    const since = (at: number) => later(async () => timeOf(at));
    // Of the commit with the snapshot, the last one, the tail has all.
    expect(await store.recall(tail, { ...request(command, 'new'), tries: since(402) })).toBeUndefined();
    expect(ranges).toEqual([]);
    expect(await store.recall(tail, { ...request(command, 'newer'), tries: since(401) })).toBeUndefined();
    expect(ranges).toHaveLength(1);
    expect((await append(request(command), tail)).won).toBe(true);
  });

  test('for a request of a client, and for a first try', async () => {
    const { store, loaded, ranges, append } = await filled(300);
    const tail = await loaded();
    const asked = { ...request(command, 'k1'), tries: { ...unasked, isFirst: true } };
    expect(await store.recall(tail, request(command, 'k1'))).toBeUndefined();
    expect(await store.recall(tail, asked)).toBeUndefined();
    expect(await append(asked, tail)).toMatchObject({ won: true, isNew: true });
    expect(ranges).toEqual([]);
  });

  test('of what was compared with the request at an earlier end of the stream', async () => {
    const { store, commit, loaded, ranges } = await filled(200);
    const asked = { ...request(command, 'new'), tries: later(async () => timeOf(0)) };
    await store.recall(await loaded(), asked);
    const tail = await loaded();
    await store.recall(tail, asked);
    expect(ranges).toEqual([]);
    for (let index = 0; index < recallWindow + 5; index++) await commit();
    const next = await loaded();
    await store.recall(next, asked);
    expect(ranges).toEqual([{ from: 201, to: 205, limit: recallWindow, newestFirst: true, consistency: 'strong' }]);
    ranges.length = 0;
    await store.recall(next, asked);
    expect(ranges).toEqual([]);
  });
});

test('a first try that finds its stream far ahead looks at what came in between, and no further', async () => {
  const { store, commit, loaded, ranges } = await filled(100);
  const first = { ...request(command, 'k102'), tries: { isFirst: true, since: async () => timeOf(0) } };
  expect(await store.recall(await loaded(), first)).toBeUndefined();
  for (let index = 0; index < recallWindow + 5; index++) await commit();
  expect(id(await store.recall(await loaded(), first))).toBe('k102');
  expect(ranges).toEqual([{ from: 101, to: 105, limit: recallWindow, newestFirst: true, consistency: 'strong' }]);
});

test('one request on two streams is looked for on both', async () => {
  const { store, loaded } = await filled(200);
  const asked = { ...request(command, 'k1'), tries: later(async () => timeOf(0)) };
  const other = await store.load({ ...stream, id: '8' }, nothing, 'strong');
  expect(await store.recall(other.tail, asked)).toBeUndefined();
  expect(id(await store.recall(await loaded(), asked))).toBe('k1');
});

describe('a look that fails', () => {
  test.each([1, 2, 3])('at its page %d proves nothing, and the next one begins anew', async (page) => {
    const { store, loaded, ranges, fail, append, items } = await filled(400, 10_000);
    const tail = await loaded();
    const asked = { ...request(command, 'k1'), tries: later(async () => timeOf(0)) };
    fail(() => (ranges.length === page ? new Error('throttled') : undefined));
    await expect(store.recall(tail, asked)).rejects.toThrow('throttled');
    ranges.length = 0;
    await expect(append(asked, tail)).rejects.toThrow('throttled');
    fail(() => undefined);
    expect(items('tally-7')).toHaveLength(400);
    expect(id(await store.recall(tail, asked))).toBe('k1');
    expect(await append(asked, tail)).toMatchObject({ won: true, isNew: false, commit: { commandId: 'k1' } });
    expect(items('tally-7')).toHaveLength(400);
  });

  test('for the time of the cause proves nothing', async () => {
    const { store, loaded } = await filled(100);
    const tries = later(() => Promise.reject(new Error('throttled')));
    await expect(store.recall(await loaded(), { ...request(command, 'k1'), tries })).rejects.toThrow('throttled');
  });
});
