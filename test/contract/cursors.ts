import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CursorKeys, cursorsWith, type Position } from '../../adapters/read-models/cursor.ts';
import { ofTenant } from '../../core/basics/stream.ts';
import { type AnyProjection, nothing } from '../../core/read/projection.ts';
import type { ListQuery, ParkedQuery, ReadModels } from '../../core/read/read-models.ts';
import { at, card, otherCard, tenantCard } from '../support/read-cards.ts';
import { runs } from '../support/runs.ts';
import type { OpenReadModels } from './read-models.ts';

const bad = { name: 'Invalid', code: 'InvalidCursor' };
const keys: CursorKeys = ['the key', 'the key before it'];
const cursors = cursorsWith(keys);

/** A list of documents or of parked streams, of one projection. */
interface List {
  readonly title: string;
  readonly read: (cursor?: string, limit?: number) => Promise<{ readonly items: readonly unknown[]; readonly cursor?: string }>;
}

/** A cursor that is not one of the list is bad input, whatever it is: never another error, and never a page. */
export const cursorsContract = (open: OpenReadModels): void => {
  let readModels: ReadModels;
  const owner = randomUUID();
  const [ada, bob] = [`ada-${owner.slice(0, 8)}`, `bob-${owner.slice(0, 8)}`];
  const documents = (title: string, projection: AnyProjection, change: Partial<ListQuery> = {}): List => ({
    title,
    read: (cursor, limit = 1) =>
      readModels.list(projection, { index: 'byOwner', value: owner, descending: false, ...change, limit, cursor }),
  });
  const parked = (title: string, projection: AnyProjection, whose: Partial<ParkedQuery> = {}): List => ({
    title,
    read: (cursor, limit = 1) => readModels.parked(projection, { ...whose, limit, cursor }),
  });
  const list = documents('a list', card);
  const lists: readonly List[] = [
    list,
    documents('another projection', otherCard),
    documents('another index', card, { index: 'ranked' }),
    documents('a number', card, { index: 'byRank', value: 7 }),
    documents('another order', card, { descending: true }),
    documents('a lower bound', card, { from: 'a' }),
    documents('another lower bound', card, { from: 'A' }),
    documents('an upper bound', card, { to: 'a' }),
    documents('two bounds', card, { from: 'a', to: 'z' }),
    documents("a tenant's list", tenantCard, { tenant: ada }),
    documents("another tenant's list", tenantCard, { tenant: bob }),
    parked("a tenant's parked streams", tenantCard, { tenant: ada }),
    parked("another tenant's parked streams", tenantCard, { tenant: bob }),
    parked('the parked streams of all tenants', tenantCard, { ofEveryTenant: true }),
  ];
  const query: ListQuery = { index: 'byOwner', value: owner, limit: 10, descending: false };
  beforeAll(async () => {
    readModels = open(keys);
    for (const key of ['one', 'two', 'three']) {
      const content = { owner, title: 'a', rank: 7, anything: key };
      for (const projection of [card, otherCard])
        await readModels.write(projection, [{ key: `${owner}-${key}`, tenant: undefined, from: 0, next: at(1, content) }]);
      const fault = (tenant: string) => ({
        stream: `${tenant}/tally-${key}`,
        eventId: `${tenant}/tally-${key}@1`,
        error: 'no',
        parkedAt: '',
      });
      for (const tenant of [ada, bob])
        await readModels.write(tenantCard, [
          { key: ofTenant(tenant, key), tenant, from: 0, next: at(1, content) },
          { key: ofTenant(tenant, `stream#tally-${key}`), tenant, from: 0, next: { ...nothing, version: 1, parked: fault(tenant) } },
        ]);
    }
  });
  const cursorOf = async ({ title, read }: List): Promise<string> => {
    const { cursor } = await read();
    if (cursor === undefined) throw new Error(`${title} has one page`);
    return cursor;
  };

  test.each(lists.map((one) => [one.title, one] as const))(
    'of %s: it continues its list by pages of any size, and no other list',
    async (_, one) => {
      const cursor = await cursorOf(one);
      for (const limit of [1, 2, 100]) expect((await one.read(cursor, limit)).items.length).toBeGreaterThan(0);
      for (const other of lists) if (other !== one) await expect(other.read(cursor)).rejects.toMatchObject(bad);
    },
  );

  test('of an earlier revision is refused', async () => {
    const cursor = cursors.ofList({ ...card, revision: 0 }, query, { key: `${owner}-one`, sort: 'a' });
    await expect(list.read(cursor)).rejects.toMatchObject(bad);
  });

  const altered = (cursor: string): fc.Arbitrary<string> => {
    const place = fc.nat(cursor.length - 1);
    const letter = fc.constantFrom(...'ABCxyz019-_=+/. é');
    const bytes = Buffer.from(cursor, 'base64url');
    return fc.oneof(
      fc.tuple(place, letter).map(([at, one]) => cursor.slice(0, at) + one + cursor.slice(at + 1)),
      fc.tuple(place, letter).map(([at, one]) => cursor.slice(0, at) + one + cursor.slice(at)),
      place.map((at) => cursor.slice(0, at)),
      place.map((at) => cursor.slice(at)),
      fc.tuple(place, place).map(([from, to]) => cursor.slice(0, from) + cursor.slice(to)),
      fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ mask;
        return changed.toString('base64url');
      }),
      fc.constantFrom(`${cursor}${cursor}`, `${cursor}=`, `${cursor}\n`, cursor.toLowerCase(), [...cursor].reverse().join('')),
    );
  };
  test.each([list, ...lists.slice(-3)].map((one) => [one.title, one] as const))('of %s that was altered is refused', async (_, one) => {
    const cursor = await cursorOf(one);
    await fc.assert(
      fc.asyncProperty(
        altered(cursor).filter((changed) => changed !== cursor),
        async (changed) => expect(one.read(changed)).rejects.toMatchObject(bad),
      ),
      runs(200),
    );
  });

  test('that is any text is refused', async () => {
    const content = fc.json().map((json) => Buffer.concat([Buffer.alloc(32, 7), Buffer.from(json)]).toString('base64url'));
    const bytes = fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some).toString('base64url'));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), bytes, content), async (text) => {
        for (const one of [list, ...lists.slice(-2)]) await expect(one.read(text)).rejects.toMatchObject(bad);
      }),
      runs(100),
    );
  });

  const forge = (position: Position, of: ListQuery = query) => readModels.list(card, { ...of, cursor: cursors.ofList(card, of, position) });

  test('that is sealed with a key of somebody else is refused', async () => {
    const cursor = cursorsWith(['another key']).ofList(card, query, { key: `${owner}-one`, sort: 'a' });
    await expect(list.read(cursor)).rejects.toMatchObject(bad);
  });

  test('that is sealed with the key before the current one continues', async () => {
    const cursor = cursorsWith(['the key before it']).ofList(card, query, { key: '0', sort: 'A' });
    expect((await list.read(cursor, 10)).items).toHaveLength(3);
  });

  // These have a valid seal: the index was changed without a new revision, or a key became known.
  test.each<[string, Position, Partial<ListQuery>]>([
    ['an empty key', { key: '', sort: 'a' }, {}],
    ['a key that is too long', { key: 'x'.repeat(2049), sort: 'a' }, {}],
    ['an empty sort value', { key: 'a', sort: '' }, {}],
    ['a sort value that is too long', { key: 'a', sort: 'x'.repeat(1025) }, {}],
    ['a number in place of a text', { key: 'a', sort: 7 }, {}],
    ['a text in place of a number', { key: 'a', sort: '7' }, { index: 'ranked' }],
    ['a number that is too large', { key: 'a', sort: 1e300 }, { index: 'ranked' }],
    ['a number that is too small', { key: 'a', sort: 1e-300 }, { index: 'ranked' }],
    ['a sort value before the range', { key: 'a', sort: 'a' }, { from: 'b' }],
    ['a sort value after the range', { key: 'a', sort: 'c' }, { to: 'b' }],
    ['a number outside of the range', { key: 'a', sort: 10 }, { index: 'ranked', from: 1, to: 9 }],
  ])('with a position that the index cannot have is refused: %s', async (_, position, change) => {
    await expect(forge(position, { ...query, ...change })).rejects.toMatchObject(bad);
  });

  test.each<[string, Position, ParkedQuery]>([
    ['an empty key', { key: '', sort: '' }, { tenant: ada, limit: 1 }],
    ['a key that is too long', { key: 'x'.repeat(1024), sort: '' }, { tenant: ada, limit: 1 }],
    ["a partition in a tenant's list", { key: 'a', sort: `${bob}/parked` }, { tenant: ada, limit: 1 }],
    ['no partition in the list of all tenants', { key: 'a', sort: '' }, { ofEveryTenant: true, limit: 1 }],
    ['a number', { key: 'a', sort: 7 }, { ofEveryTenant: true, limit: 1 }],
    ['a partition that is too long', { key: 'a', sort: 'x'.repeat(2049) }, { ofEveryTenant: true, limit: 1 }],
  ])('with a position that parked streams cannot have is refused: %s', async (_, position, of) => {
    const cursor = cursors.ofParked(tenantCard, of, position);
    await expect(readModels.parked(tenantCard, { ...of, cursor })).rejects.toMatchObject(bad);
  });

  test('with any position and a valid seal is refused, or continues its own list', async () => {
    const key = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(`${owner}-two`, '../x', 'x/y'));
    const sort = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.constant('a'),
    );
    const change = fc.constantFrom<Partial<ListQuery>>({}, { index: 'ranked' }, { descending: true }, { from: 'a', to: 'b' });
    await fc.assert(
      fc.asyncProperty(key, sort, change, async (key, sort, change) => {
        const page = await forge({ key, sort }, { ...query, ...change }).catch((error: Error) => error);
        if (page instanceof Error) expect(page).toMatchObject(bad);
        else for (const { document } of page.items) expect(document['owner']).toBe(owner);
      }),
      runs(100),
    );
  });
};
