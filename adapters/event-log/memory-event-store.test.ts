import { describe, expect, test } from '@jest/globals';
import type { Address } from '../../core/basics/stream.ts';
import type { Claims, EventStore, Range } from '../../core/log/event-store.ts';
import { memoryEventStore } from './memory-event-store.ts';

const at = (id: string, tenant?: string): Address => ({ aggregate: 'tally', id, ...(tenant === undefined ? {} : { tenant }) });
const counting = { fingerprint: 'f', initialState: () => 0, evolve: (count: number) => count + 1 };
const opened = (): EventStore => memoryEventStore(() => new Date('2026-01-01T09:00:00.000Z'));
const event = { type: 'Added', schema: 1, data: {} };

let ids = 0;
/** Appends one commit of so many events at the end of a stream. */
const append = async (store: EventStore, stream: Address, claims: Partial<Claims> = {}, events = 1, data = {}) => {
  const commandId = `k${ids++}`;
  const { tail } = await store.load(stream, counting, 'strong');
  return store.append(
    tail,
    { commandId, correlationId: commandId, causationId: commandId, command: { type: 'Add', data: {} } },
    {
      ...{
        events: Array(events).fill({ ...event, data }),
        folded: { fingerprint: 'f', state: tail.version },
        recordedAt: '2026-01-01T09:00:00.000Z',
      },
      claims: { claimed: [], released: [], ...claims },
    },
  );
};

test('an item in its place is not replaced, and the second append gets to know the first', async () => {
  const store = opened();
  const tail = store.begin(at('1'));
  const put = (commandId: string) =>
    store.append(
      tail,
      { commandId, correlationId: commandId, causationId: commandId, command: { type: 'Add', data: {} } },
      { events: [event], folded: { fingerprint: 'f', state: null }, claims: { claimed: [commandId], released: [] } },
    );
  expect(await put('first')).toMatchObject({ won: true, isNew: true });
  expect(await put('second')).toMatchObject({ won: false, winner: { commandId: 'first' } });
  await append(store, at('2'), { claimed: ['second'] }); // The append that lost took no name.
});

describe('a name', () => {
  test('belongs to one stream of its tenant until that stream releases it', async () => {
    const store = opened();
    await append(store, at('1'), { claimed: ['ada', 'bob'] });
    await append(store, at('1'), { claimed: ['ada'] });
    await append(store, at('1', 'acme'), { claimed: ['ada'] });
    await expect(append(store, at('2'), { claimed: ['eve', 'bob'] })).rejects.toMatchObject({
      code: 'NameTaken',
      details: { name: 'bob' },
    });
    expect((await store.load(at('2'), counting, 'strong')).tail.version).toBe(0);
    await append(store, at('1'), { released: ['bob'] });
    await append(store, at('2'), { claimed: ['eve', 'bob'] });
    await expect(append(store, at('1'), { claimed: ['bob'] })).rejects.toThrow();
  });

  test('is not released by a stream that does not have it', async () => {
    const store = opened();
    await append(store, at('1'), { claimed: ['ada'] });
    await append(store, at('2'), { released: ['ada'] });
    await expect(append(store, at('2'), { claimed: ['ada'] })).rejects.toThrow();
  });

  test('that a commit releases and claims is claimed', async () => {
    const store = opened();
    await append(store, at('1'), { claimed: ['ada'], released: ['ada'] });
    await expect(append(store, at('2'), { claimed: ['ada'] })).rejects.toThrow();
  });
});

describe('a page', () => {
  const ofTwelve = async (range: Range) => {
    const store = opened();
    for (let index = 0; index < 6; index++) await append(store, at('1'), {}, 2);
    const { commits, next } = await store.read(at('1'), range);
    return [commits.map(({ version }) => version), next];
  };
  test.each<[Range, unknown]>([
    [{ from: 1, limit: 10 }, [[1, 3, 5, 7, 9, 11], undefined]],
    [{ from: 5, limit: 2 }, [[5, 7], 9]],
    [{ from: 9, limit: 2 }, [[9, 11], undefined]],
    [{ from: 6, limit: 1 }, [[5], 7]],
    [{ from: 13, limit: 1 }, [[], undefined]],
    [{ from: 12, limit: 2, newestFirst: true }, [[11, 9], 8]],
    [{ from: 3, limit: 2, newestFirst: true }, [[3, 1], undefined]],
    [{ from: 3, limit: 1, newestFirst: true }, [[3], 2]],
  ])('%j', async (range, expected) => expect(await ofTwelve(range)).toEqual(expected));

  test('of a stream that is not there is empty', async () => {
    expect(await opened().read(at('1'), { from: 1, limit: 1 })).toEqual({ commits: [] });
  });
});

test('a page of a scan is at most 8 MB of text, may end within a stream, and the next page goes on there', async () => {
  const store = opened();
  const data = { note: 'x'.repeat(1_000_000) };
  for (const id of ['a', 'b', 'c']) for (let version = 1; version <= 4; version++) await append(store, at(id), {}, 1, data);
  const pages: string[][] = [];
  for (let cursor: string | undefined, more = true; more; ) {
    const page: Awaited<ReturnType<EventStore['scan']>> = await store.scan({ index: 0, of: 1 }, cursor);
    pages.push(page.commits.map(({ stream, version }) => `${stream.id}${version}`));
    cursor = page.cursor;
    more = cursor !== undefined;
  }
  expect(pages).toEqual([
    ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3'],
    ['b4', 'c1', 'c2', 'c3', 'c4'],
  ]);
});

test('a scan has each stream in one segment, ten streams a page, each stream whole and in order', async () => {
  const store = opened();
  const names = Array.from({ length: 23 }, (_, index) => `${'x'.repeat(index % 2)}${String(index).padStart(2, '0')}`);
  for (const name of names.toReversed()) for (let version = 1; version <= 3; version++) await append(store, at(name));
  const pagesOf = async (index: number) => {
    const pages: string[][] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page: Awaited<ReturnType<EventStore['scan']>> = await store.scan({ index, of: 2 }, cursor);
      pages.push(page.commits.map(({ stream, version }) => `${stream.id}@${version}`));
      cursor = page.cursor;
      more = cursor !== undefined;
    }
    return pages;
  };
  const segments = [await pagesOf(0), await pagesOf(1)];
  expect(segments.map((pages) => pages.map(({ length }) => length))).toEqual([
    [30, 6],
    [30, 3],
  ]);
  const versionsOf = (isLong: boolean) =>
    names.filter((name) => name.startsWith('x') === isLong).flatMap((name) => [1, 2, 3].map((version) => `${name}@${version}`));
  expect(segments.map((pages) => pages.flat())).toEqual([versionsOf(false), versionsOf(true)]);
});
