import { beforeEach, expect, test } from '@jest/globals';
import type { Address } from '../../core/basics/stream.ts';
import { type Commit, type EventStore, lastVersion, type Range } from '../../core/log/event-store.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import { fold, foldingOf } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { errorOf, filled, loadAll, newStream, request } from '../support/requests.ts';
import { add, clear, tally } from '../support/tally.ts';
import type { OpenStore } from './event-store.ts';

/** Streams as they were, and the way back through them. */
export const pastContract = (open: OpenStore): void => {
  const clock = { seconds: 0 };
  const time = (seconds: number, milliseconds = 0) => new Date(Date.UTC(2026, 0, 1, 9, 0, seconds, milliseconds)).toISOString();
  let store: EventStore;
  beforeEach(() => {
    clock.seconds = 0;
    store = open(() => new Date(time(clock.seconds)));
  });
  const folding = foldingOf(tally);

  /** Commits of one to four events, some of them in the same second; with snapshots. */
  const lived = async (): Promise<{ stream: Address; commits: readonly Commit[] }> => {
    const stream = newStream();
    for (let index = 0; index < 30; index++) {
      clock.seconds += index % 3 === 2 ? 0 : 2;
      await handlerOn(store)(tally, stream, request(index % 11 === 10 ? clear : add(...[1, 2, 3, 4].slice(index % 4))));
    }
    return { stream, commits: (await loadAll(store, stream)).commits };
  };
  const naive = (commits: readonly Commit[], to: number) => {
    const events = commits.flatMap((commit) => fromStored(tally.events, commit)).filter(({ metadata }) => metadata.version <= to);
    return { state: fold(tally, events), version: events.length, recordedAt: events.at(-1)?.metadata.recordedAt ?? '' };
  };

  test('at every version, in the middle of commits too, is the fold of the events up to it', async () => {
    const { stream, commits } = await lived();
    const end = lastVersion(commits.at(-1) as Commit);
    expect(end).toBeGreaterThan(60);
    for (let version = 0; version <= end; version++)
      expect(await store.past(stream, folding, { version })).toEqual(naive(commits, version));
  });

  test('after the end is the state at the end', async () => {
    const { stream, commits } = await lived();
    const end = lastVersion(commits.at(-1) as Commit);
    for (const version of [end + 1, end + 100, Number.MAX_SAFE_INTEGER])
      expect(await store.past(stream, folding, { version })).toEqual(naive(commits, end));
  });

  test('at every time is the fold of the events recorded by then', async () => {
    const { stream, commits } = await lived();
    for (let seconds = 0; seconds <= clock.seconds + 1; seconds++)
      for (const at of [time(seconds, -1), time(seconds), time(seconds, 1)]) {
        const by = commits.filter(({ recordedAt }) => recordedAt <= at).at(-1);
        expect(await store.past(stream, folding, { at })).toEqual(naive(commits, by === undefined ? 0 : lastVersion(by)));
      }
  });

  test('before the first event, and of an unknown stream, is the initial state', async () => {
    const { stream } = await lived();
    const beginning = { state: tally.initialState(), version: 0, recordedAt: '' };
    for (const moment of [{ version: 0 }, { version: -1 }, { at: '1970-01-01T00:00:00.000Z' }])
      expect(await store.past(stream, folding, moment)).toEqual(beginning);
    for (const moment of [{ version: 1 }, { version: 0 }, { at: time(1000) }])
      expect(await store.past(newStream(), folding, moment)).toEqual(beginning);
  });

  test('is the same for code that can read no snapshot', async () => {
    const { stream, commits } = await lived();
    for (const version of [1, 7, 20, 50, 1000])
      expect(await store.past(stream, foldingOf({ ...tally, revision: 2 }), { version })).toEqual(
        naive(commits, Math.min(version, naive(commits, 1000).version)),
      );
  });

  test('of an impossible address is refused', async () => {
    expect(await errorOf(store.past({ aggregate: 'tally-1', id: '1' }, folding, { version: 1 }))).toMatchObject({ code: 'InvalidId' });
  });

  const backwards = async (stream: Address, range: Omit<Range, 'newestFirst'>): Promise<readonly Commit[]> => {
    const all: Commit[] = [];
    for (let from: number | undefined = range.from; from !== undefined; ) {
      const page: Awaited<ReturnType<EventStore['read']>> = await store.read(stream, { from, limit: range.limit, newestFirst: true });
      expect(page.commits.length).toBeLessThanOrEqual(range.limit);
      if (page.next !== undefined) expect(page.commits).toHaveLength(range.limit);
      all.push(...page.commits);
      from = page.next;
    }
    return all;
  };

  test('is read newest first, page by page, each commit once, whatever the size of a page', async () => {
    const { stream, commits } = await filled(store, 2, 1, 4, 1, 1, 3, 1);
    for (let limit = 1; limit <= commits.length + 1; limit++)
      expect(await backwards(stream, { from: Number.MAX_SAFE_INTEGER, limit })).toEqual(commits.toReversed());
  });

  test('is read newest first from any version: the commit that holds it, and the commits before', async () => {
    const { stream, commits } = await filled(store, 3, 1, 5, 2);
    for (let from = -1; from <= 13; from++)
      for (const limit of [1, 2, 100])
        expect(await backwards(stream, { from, limit })).toEqual(commits.filter(({ version }) => version <= from).toReversed());
  });

  test('read newest first announces no page after the first commit', async () => {
    const { stream } = await filled(store, 3, 1);
    expect(await store.read(stream, { from: 4, limit: 2, newestFirst: true })).not.toHaveProperty('next');
    expect(await store.read(stream, { from: 4, limit: 1, newestFirst: true })).toMatchObject({ next: 3 });
    expect(await store.read(newStream(), { from: 4, limit: 1, newestFirst: true })).toEqual({ commits: [] });
  });
};
