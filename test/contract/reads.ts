import { beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { address, streamName } from '../../core/basics/stream.ts';
import {
  type Commit,
  type Consistency,
  type EventStore,
  lastVersion,
  type Page,
  recorded,
  type StoredEvent,
} from '../../core/log/event-store.ts';
import { added, append, errorOf, filled, loadAll, newStream, pageOf } from '../support/requests.ts';
import type { OpenStore } from './event-store.ts';

/** Loading, paging, and data that comes back as it was. */
export const readsContract = (open: OpenStore): void => {
  let store: EventStore;
  beforeEach(() => {
    store = open();
  });

  test.each<Consistency>(['strong', 'eventual'])('of an unknown stream is empty (%s)', async (consistency) => {
    const stream = newStream();
    expect(await loadAll(store, stream, consistency)).toEqual({ tail: expect.objectContaining({ stream, version: 0 }), commits: [] });
    expect(await pageOf(store, stream, 1, 10)).toEqual({ commits: [] });
  });

  test('of two tenants are separate streams, though they have the same name', async () => {
    const { aggregate, id } = newStream();
    const streams = [
      { tenant: 'a', aggregate, id },
      { tenant: 'a-b', aggregate, id },
      { aggregate, id },
    ];
    for (const [index, stream] of streams.entries()) await append(store, store.begin(stream), added(index, index));
    for (const [index, stream] of streams.entries()) {
      const { commits, tail } = await loadAll(store, stream);
      expect(commits).toEqual([expect.objectContaining({ stream, version: 1 })]);
      expect(commits[0]?.events.map(({ data }) => data)).toEqual([{ amount: index }, { amount: index }]);
      expect(tail).toMatchObject({ stream, version: 2 });
      expect(await pageOf(store, stream, 1, 10)).toEqual({ commits });
      expect(recorded(commits[0] as Commit)[1]?.metadata).toMatchObject({ ...stream, eventId: `${streamName(stream)}@2` });
    }
  });

  test('is every commit, page by page, whatever the size of a page', async () => {
    const { stream, commits } = await filled(store, 2, 1, 4, 1, 1, 3, 1);
    for (let limit = 1; limit <= commits.length + 1; limit++) {
      const pages = await readAll(store, stream, limit);
      expect(pages.flat()).toEqual(commits);
      for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
      expect(pages).toHaveLength(Math.ceil(commits.length / limit));
    }
  });

  test('says where the next page begins, except on the last page', async () => {
    const { stream } = await filled(store, 2, 3, 1);
    expect(await pageOf(store, stream, 1, 2)).toMatchObject({ next: 6 });
    expect(await pageOf(store, stream, 1, 3)).not.toHaveProperty('next');
    expect(await pageOf(store, stream, 6, 1)).not.toHaveProperty('next');
  });

  test('from the middle of a commit is the commit that holds it, and the commits after it', async () => {
    const { stream, commits } = await filled(store, 3, 1, 5, 2);
    for (let from = 1; from <= 11; from++) {
      const expected = commits.filter((commit) => lastVersion(commit) >= from);
      expect((await pageOf(store, stream, from, 100)).commits).toEqual(expected);
      expect((await pageOf(store, stream, from, 1)).commits).toEqual(expected.slice(0, 1));
    }
  });

  test.each([
    [1_000_000, [1, 1, 1, 1, 1]],
    [1_999_999, [1, 1, 1, 1, 1]],
    [2_500_000, [2, 2, 1]],
    [9_000_000, [5]],
    [undefined, [5]],
  ])('of large commits ends at %s bytes of text, has one commit at least, and the next page goes on', async (maxBytes, sizes) => {
    const stream = newStream();
    let { tail } = await loadAll(store, stream);
    for (const amount of [1, 2, 3, 4, 5])
      ({ tail } = await append(store, tail, [{ type: 'Added', schema: 1, data: { amount, note: 'x'.repeat(1_000_000) } }]));
    for (const newestFirst of [false, true]) {
      const pages: number[][] = [];
      for (let from: number | undefined = newestFirst ? 5 : 1; from !== undefined; ) {
        const page: Page = await store.read(stream, { from, limit: 100, newestFirst, ...(maxBytes === undefined ? {} : { maxBytes }) });
        pages.push(page.commits.map(({ version }) => version));
        from = page.next;
      }
      expect(pages.map(({ length }) => length)).toEqual(sizes);
      expect(pages.flat()).toEqual(newestFirst ? [5, 4, 3, 2, 1] : [1, 2, 3, 4, 5]);
    }
  });

  test('of many large commits is at most 8 MB of text, though they are stored in some KB', async () => {
    const stream = newStream();
    let { tail } = await loadAll(store, stream);
    for (let amount = 1; amount <= 5; amount++)
      ({ tail } = await append(store, tail, [{ type: 'Added', schema: 1, data: { amount, note: 'x'.repeat(2_000_000) } }]));
    expect(await pageOf(store, stream, 1, 100)).toMatchObject({ commits: { length: 3 }, next: 4 });
    expect((await loadAll(store, stream)).commits).toHaveLength(5);
  });

  test('from after the end is empty', async () => {
    const { stream } = await filled(store, 2);
    expect(await pageOf(store, stream, 3, 10)).toEqual({ commits: [] });
    expect(await pageOf(store, stream, 1000, 10)).toEqual({ commits: [] });
  });

  test('stays as written if the writer changes its copy afterwards', async () => {
    const stream = newStream();
    const events = added(1, 2);
    const { commit } = await append(store, (await loadAll(store, stream, 'strong')).tail, events);
    change(events);
    change(commit.events);
    const [loaded] = (await loadAll(store, stream, 'strong')).commits;
    expect(loaded?.events).toEqual(added(1, 2));
    change(loaded?.events ?? []);
    expect((await pageOf(store, stream, 1, 1)).commits[0]?.events).toEqual(added(1, 2));
  });

  const oddData: Readonly<Record<string, unknown>> = {
    'text of every kind': ['', ' ', 'é', 'e\u0301', '漢字', '👩‍👩‍👧', '\u0000', '\u2028', '\\"\n', '\ud800', 'null', '1'],
    numbers: [0, -1, 0.1 + 0.2, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, Number.MAX_VALUE, Number.MIN_VALUE, 1e21],
    nothing: { a: null, b: [null, [null]], c: {}, d: [], e: '', f: false, g: 0 },
    names: { '': 1, constructor: 2, toString: 3, 'a.b': 4, '#a': 5, ':b': 6, stream: 7, version: 8, hash: 9 },
    depth: Array.from({ length: 200 }).reduce<unknown>((inner) => ({ inner }), 'end'),
    'a bare text': 'text',
    'a bare null': null,
  };

  test.each(Object.entries(oddData))('is equal to what was written: %s', async (_, data) => {
    expect(await afterStorage(store, [data])).toEqual([data]);
  });

  test('is equal to what was written, for any JSON', async () => {
    const values = fc.array(fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }).map(withoutMinusZero), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(values, async (all) => expect(await afterStorage(store, all)).toEqual(all)),
      { numRuns: 25 },
    );
  });

  const ids = [
    'a',
    'A',
    '_',
    '0',
    '1',
    '10',
    '1-1',
    '1--',
    'a.b_c~d:e@f-g',
    'ada@example.org',
    '2026-01-01T00:00:00.000Z',
    'x'.repeat(128),
  ];

  test('of one stream has no commit of another, however similar their names are', async () => {
    const suffix = newStream().id.slice(0, 8);
    const names = [...ids.map((id) => ['tally', id]), ['tally1', '1'], ['tall', 'y-1'], ['tallyTally', 'a'], ['t', 'ally-1']];
    const streams = names.map(([aggregate = '', id = '']) => address(aggregate, id.length === 128 ? id : `${id}${suffix}`));
    for (const [index, stream] of streams.entries()) await append(store, (await loadAll(store, stream, 'strong')).tail, added(index));
    for (const [index, stream] of streams.entries()) {
      const { commits, tail } = await loadAll(store, stream, 'strong');
      expect(tail.stream).toEqual(stream);
      expect(commits).toEqual([expect.objectContaining({ stream, version: 1, events: added(index) })]);
    }
  });

  test.each([
    ['tally', 'a b'],
    ['tally', ''],
    ['tally', 'a/b'],
    ['tally', 'x'.repeat(129)],
    ['Tally', '1'],
    ['', '1'],
  ])('of an impossible address (%j %j) is refused', async (aggregate, id) => {
    expect(await errorOf(loadAll(store, { aggregate, id }, 'strong'))).toMatchObject({ name: 'Invalid', code: 'InvalidId' });
  });

  test('of an impossible address is not that of a stream with the same name', async () => {
    const { id } = newStream();
    const { tail } = await loadAll(store, { aggregate: 'tally', id: `1-${id}` }, 'strong');
    await append(store, tail, added(1));
    expect(await errorOf(loadAll(store, { aggregate: 'tally-1', id }, 'strong'))).toMatchObject({ code: 'InvalidId' });
  });
};

const readAll = async (store: EventStore, stream: Commit['stream'], limit: number): Promise<(readonly Commit[])[]> => {
  const pages: (readonly Commit[])[] = [];
  for (let from: number | undefined = 1; from !== undefined; ) {
    const page: Awaited<ReturnType<EventStore['read']>> = await pageOf(store, stream, from, limit);
    pages.push(page.commits);
    from = page.next;
  }
  return pages;
};

/** The data of events after they were stored, in a stream of their own. */
const afterStorage = async (store: EventStore, all: readonly unknown[]): Promise<readonly unknown[]> => {
  const stream = newStream();
  const events = all.map((data): StoredEvent => ({ type: 'Added', schema: 1, data }));
  await append(store, (await loadAll(store, stream, 'strong')).tail, events);
  return (await loadAll(store, stream, 'strong')).commits.flatMap((commit) => commit.events.map(({ data }) => data));
};

const change = (events: readonly StoredEvent[]): void => {
  try {
    for (const { data } of events) Object.assign(data as object, { amount: 99 });
  } catch {} // Frozen: better still.
};

/** JSON has no -0. */
const withoutMinusZero = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
