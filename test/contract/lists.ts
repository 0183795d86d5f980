import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import type { AnyProjection, Versioned } from '../../core/read/projection.ts';
import type { DocumentPage, ListQuery, ReadModels } from '../../core/read/read-models.ts';
import { at, card, otherCard } from '../support/card.ts';
import { replaceRow } from '../support/projecting.ts';
import type { OpenReadModels } from './read-models.ts';

/** Documents through an index, page by page. */
export const listsContract = (open: OpenReadModels): void => {
  let readModels: ReadModels;
  let owner: string;
  beforeEach(() => {
    readModels = open();
    owner = randomUUID();
  });
  const put = async (content: Versioned['document'], projection: AnyProjection = card) => {
    const key = randomUUID();
    await replaceRow(readModels, projection, key, 0, at(1, content));
    return key;
  };
  const fill = async (...titles: readonly string[]) => {
    for (const title of titles) await put({ owner, title });
  };
  const query = (change: Partial<ListQuery> = {}): ListQuery => ({
    index: 'byOwner',
    value: owner,
    limit: 100,
    descending: false,
    ...change,
  });
  const list = (change: Partial<ListQuery> = {}) => readModels.list(card, query(change));
  const titlesOf = ({ items }: DocumentPage) => items.map(({ document }) => document['title']);

  /** Every page until there is no cursor. */
  const pages = async (change: Partial<ListQuery>): Promise<DocumentPage[]> => {
    const all = [await list(change)];
    for (let cursor = all[0]?.cursor; cursor !== undefined; cursor = all.at(-1)?.cursor) all.push(await list({ ...change, cursor }));
    return all;
  };

  test('of a value that no document has is empty', async () => expect(await list()).toEqual({ items: [] }));

  test('has the whole documents, with their keys and versions', async () => {
    const content = { owner, title: 'one', anything: { nested: [null, 'é'] } };
    const key = await put(content);
    expect(await list()).toEqual({ items: [{ key, ...at(1, content) }] });
  });

  test.each([false, true])('is in the order of the sort field (descending: %s)', async (descending) => {
    const titles = ['m', 'a', 'zz', 'z', 'B', '10', '9', 'é', '2026-01-01', '漢'];
    await fill(...titles);
    const sorted = [...titles].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(titlesOf(await list({ descending }))).toEqual(descending ? sorted.reverse() : sorted);
  });

  test('orders text as its bytes, so that all engines agree', async () => {
    await fill('😀', '\uff5e', '\ue000', 'z');
    expect(titlesOf(await list())).toEqual(['z', '\ue000', '\uff5e', '😀']);
  });

  test('is in numerical order where the field is a number', async () => {
    for (const rank of [10, 9, -1, 0, 2.5, -1000, 1e15]) await put({ owner, title: String(rank), rank });
    expect(titlesOf(await list({ index: 'ranked' }))).toEqual(['-1000', '-1', '0', '2.5', '9', '10', '1000000000000000']);
  });

  test('is by number where the partition is a number', async () => {
    const rank = Math.floor(Math.random() * 1e12) + 0.5;
    await put({ owner, title: 'b', rank });
    await put({ owner, title: 'a', rank });
    await put({ owner, title: 'c', rank: rank + 1 });
    expect(titlesOf(await list({ index: 'byRank', value: rank }))).toEqual(['a', 'b']);
  });

  test.each<[string, Partial<ListQuery>, readonly string[]]>([
    ['from', { from: 'b' }, ['b', 'ba', 'c', 'd']],
    ['to', { to: 'b' }, ['a', 'b']],
    ['from and to', { from: 'b', to: 'c' }, ['b', 'ba', 'c']],
    ['one value', { from: 'b', to: 'b' }, ['b']],
    ['a value that nobody has', { from: 'bb', to: 'bz' }, []],
    ['all', { from: 'a', to: 'z' }, ['a', 'b', 'ba', 'c', 'd']],
  ])('takes a range of text, both ends inclusive: %s', async (_, range, titles) => {
    await fill('c', 'a', 'd', 'ba', 'b');
    for (const limit of [1, 2, 100]) expect((await pages({ ...range, limit })).flatMap(titlesOf)).toEqual(titles);
    const backwards = await pages({ ...range, limit: 2, descending: true });
    expect(backwards.flatMap(titlesOf)).toEqual([...titles].reverse());
  });

  test('takes a range of numbers', async () => {
    for (const rank of [-10, -1.5, 0, 9, 10, 100]) await put({ owner, title: String(rank), rank });
    const ranked = async (range: Partial<ListQuery>) => titlesOf(await list({ index: 'ranked', ...range }));
    expect(await ranked({ from: -1.5, to: 10 })).toEqual(['-1.5', '0', '9', '10']);
    expect(await ranked({ from: 9.5 })).toEqual(['10', '100']);
    expect(await ranked({ to: -1.5, descending: true })).toEqual(['-1.5', '-10']);
  });

  test.each([1, 2, 3, 4, 6, 7, 8, 100])('of 7 by pages of %d misses nothing and repeats nothing', async (limit) => {
    const titles = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    await fill(...titles);
    for (const descending of [false, true]) {
      const all = await pages({ limit, descending });
      expect(all.flatMap(titlesOf)).toEqual(descending ? [...titles].reverse() : titles);
      for (const { items } of all) expect(items.length).toBeLessThanOrEqual(limit);
    }
  });

  test.each([1, 2, 3])('of documents that sort alike, by pages of %d, misses nothing and repeats nothing', async (limit) => {
    await fill('same', 'same', 'same', 'same', 'same');
    const keys = (await pages({ limit })).flatMap(({ items }) => items.map(({ key }) => key));
    expect(new Set(keys).size).toBe(5);
    expect(keys).toHaveLength(5);
  });

  test('of large documents misses nothing', async () => {
    const big = 'x'.repeat(300_000);
    for (const title of ['a', 'b', 'c', 'd', 'e']) await put({ owner, title, anything: big });
    expect((await pages({ limit: 100 })).flatMap(titlesOf)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['no sort field', {}],
    ['an empty sort field', { title: '' }],
    ['a sort field that is null', { title: null }],
    ['a sort field that is too long', { title: 'x'.repeat(1100) }],
  ])('leaves out documents with %s', async (_, content) => {
    await fill('a', 'c');
    await put({ owner, ...content });
    expect(titlesOf(await list())).toEqual(['a', 'c']);
  });

  test('lists a document in one index that another leaves out', async () => {
    await put({ owner, title: 'one' });
    expect((await list()).items).toHaveLength(1);
    expect((await list({ index: 'ranked' })).items).toEqual([]);
  });

  test('leaves out deleted documents', async () => {
    await fill('a');
    const key = await put({ owner, title: 'b' });
    await replaceRow(readModels, card, key, 1, at(2, null));
    expect(titlesOf(await list())).toEqual(['a']);
  });

  test('shows a document at its new place', async () => {
    const key = await put({ owner, title: 'a' });
    await fill('b');
    await replaceRow(readModels, card, key, 1, at(2, { owner, title: 'c' }));
    expect(titlesOf(await list())).toEqual(['b', 'c']);
    await replaceRow(readModels, card, key, 2, at(3, { owner: `${owner}-2`, title: 'c' }));
    expect(titlesOf(await list())).toEqual(['b']);
    expect(titlesOf(await list({ value: `${owner}-2` }))).toEqual(['c']);
  });

  test('continues after its page while documents are added and removed', async () => {
    await fill('b', 'd', 'f');
    const { cursor } = await list({ limit: 2 });
    await fill('a', 'c', 'e');
    expect(titlesOf(await list({ cursor, limit: 10 }))).toEqual(['e', 'f']);
  });

  test('of one projection has no document of another', async () => {
    await put({ owner, title: 'a' }, otherCard);
    expect(await list()).toEqual({ items: [] });
  });

  const badCursor = { name: 'Invalid', code: 'InvalidCursor' };
  const cursorOf = async (change: Partial<ListQuery> = {}): Promise<string> => {
    await fill('a', 'b', 'c');
    return (await list({ limit: 1, ...change })).cursor as string;
  };

  test.each(['', ' ', 'x', '%', 'null', 'e30', '{}', 'W10', 'W251bGxd', 'ÿÿÿ', '\u0000', 'a'.repeat(10_000)])(
    'refuses the cursor %j',
    async (cursor) => {
      await fill('a', 'b');
      await expect(list({ cursor })).rejects.toMatchObject(badCursor);
    },
  );

  test('refuses a cursor that was altered anywhere', async () => {
    const cursor = await cursorOf();
    for (let place = 0; place < cursor.length; place += 1) {
      const altered = `${cursor.slice(0, place)}${cursor[place] === 'A' ? 'B' : 'A'}${cursor.slice(place + 1)}`;
      await expect(list({ cursor: altered })).rejects.toMatchObject(badCursor);
    }
  });

  test('refuses a cursor that was cut', async () => {
    const cursor = await cursorOf();
    for (const length of [1, 10, cursor.length - 4])
      await expect(list({ cursor: cursor.slice(0, length) })).rejects.toMatchObject(badCursor);
  });

  test.each<[string, AnyProjection, Partial<ListQuery>]>([
    ['value', card, { value: 'somebody else' }],
    ['index', card, { index: 'ranked' }],
    ['lower bound', card, { from: 'a' }],
    ['upper bound', card, { to: 'c' }],
    ['order', card, { descending: true }],
    ['projection', otherCard, {}],
  ])('refuses the cursor of another %s', async (_, projection, change) => {
    const cursor = await cursorOf();
    await expect(readModels.list(projection, query({ ...change, cursor }))).rejects.toMatchObject(badCursor);
  });
};
