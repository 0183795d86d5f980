import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { defineProjection } from '../../core/read/projection.ts';
import { defineDomain } from '../../core/registry/domain.ts';
import { defineDecider } from '../../core/write/decider.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';

// A document that a list leaves out says so itself, and a list that can have no document is refused.

/** Halves a character, as a decision may do, while no client may send a half one. */
const halved = (text: string | undefined) => text?.replace('\u{10000}', '\ud800');

const written = z.object({ title: z.string(), owner: z.string().optional(), rank: z.number().optional() });
const book = defineDecider({
  name: 'book',
  commands: { Write: written },
  events: { Written: written },
  initialState: () => ({}),
  decide: { Write: ({ owner, ...data }) => [{ type: 'Written', data: owner === undefined ? data : { ...data, owner: halved(owner) } }] },
  evolve: { Written: () => ({}) },
});
const books = defineProjection({
  name: 'books',
  revision: 1,
  events: book.events,
  document: written,
  indexes: { byOwner: { partition: 'owner', sort: 'rank' }, byRank: { partition: 'rank', sort: 'title' } },
  initialState: (): z.output<typeof written> => ({ title: '' }),
  evolve: { Written: (_, data) => data },
});

let edge: ReturnType<typeof edgeOf>;
beforeEach(() => {
  edge = edgeOf(defineDomain({ deciders: [book], projections: [books] }), memoryStores());
});
type Fields = Omit<z.output<typeof written>, 'title'>;
const documentOf = async (fields: Fields) => {
  await edge.send('book', '1', 'Write', { title: 'a', ...fields });
  await edge.project();
  return edge.get('books', '1');
};
const isListed = async (query: Readonly<Record<string, string>>): Promise<boolean> =>
  (await edge.list('books', query)).body.items.length > 0;

describe('a document names the indexes that do not list it:', () => {
  test.each<[string, Fields, string | undefined]>([
    ['none', { owner: 'ada', rank: 1 }, undefined],
    ['a field is absent', { owner: 'ada' }, 'byOwner, byRank'],
    ['a text is empty', { owner: '', rank: 0 }, 'byOwner'],
    ['a text has 1,025 bytes', { owner: 'x'.repeat(1025), rank: 1 }, 'byOwner'],
    ['a text has half of a character', { owner: '\u{10000}', rank: 1 }, 'byOwner'],
    ['a number has no exact place', { owner: 'ada', rank: 1e20 }, 'byOwner, byRank'],
    ['a number is too small', { owner: 'ada', rank: 1e-131 }, 'byOwner, byRank'],
  ])('%s', async (_, data, names) => {
    const { status, headers } = await documentOf(data);
    expect([status, headers['x-unlisted']]).toEqual([200, names]);
    const { owner = '', rank = 0 } = data;
    if (owner === 'ada') expect(await isListed({ owner })).toBe(names === undefined);
    if (!names?.includes('byRank')) expect(await isListed({ rank: String(rank) })).toBe(true);
  });
});

test('a text of 1,024 bytes is listed, and a list by a longer one is refused: no row has it', async () => {
  const owner = 'é'.repeat(512);
  expect((await documentOf({ owner, rank: 1 })).headers).not.toHaveProperty('x-unlisted');
  expect(await isListed({ owner })).toBe(true);
  expect(await edge.list('books', { owner: `${owner}x` })).toMatchObject({ status: 400, body: { code: 'InvalidRequest' } });
});
