import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { type CursorKeys, cursorsWith } from '../../adapters/read-models/cursor.ts';
import { ofTenant } from '../../core/basics/stream.ts';
import { nothing, type Versioned } from '../../core/read/projection.ts';
import type { Fault, ListQuery, ParkedQuery, ReadModels } from '../../core/read/read-models.ts';
import { at, tenantCard } from '../support/read-cards.ts';
import type { OpenReadModels } from './read-models.ts';

const keys: CursorKeys = ['a key that became known'];
const cursors = cursorsWith(keys);
const bad = { name: 'Invalid', code: 'InvalidCursor' };

/** Rows of tenants whose names begin with each other, under the same keys and with the same content. */
export const tenantsContract = (open: OpenReadModels): void => {
  let readModels: ReadModels;
  let tenants: readonly [string, string, string];
  beforeEach(() => {
    readModels = open(keys);
    const one = `a${randomUUID().slice(0, 8)}`;
    tenants = [one, `${one}-b`, `${one}.b`];
  });
  const put = async (tenant: string, key: string, content: Versioned['document']) =>
    readModels.write(tenantCard, [{ key: ofTenant(tenant, key), tenant, from: 0, next: at(1, content) }]);
  const fill = async (...titles: readonly string[]) => {
    for (const tenant of tenants) for (const title of titles) await put(tenant, title, { owner: 'ada', title, rank: 7, anything: tenant });
  };
  const query = (tenant: string | undefined, change: Partial<ListQuery> = {}): ListQuery => ({
    ...{ tenant, index: 'byOwner', value: 'ada', limit: 100, descending: false },
    ...change,
  });
  const list = (tenant: string | undefined, change: Partial<ListQuery> = {}) => readModels.list(tenantCard, query(tenant, change));
  const pages = async (tenant: string, change: Partial<ListQuery>) => {
    const all = [await list(tenant, change)];
    for (let cursor = all[0]?.cursor; cursor !== undefined; cursor = all.at(-1)?.cursor)
      all.push(await list(tenant, { ...change, cursor }));
    return all.flatMap(({ items }) => items);
  };

  test('the same key is a row of its own for each tenant', async () => {
    await fill('one');
    for (const tenant of tenants)
      expect((await readModels.get(tenantCard, ofTenant(tenant, 'one'), 'strong')).document).toMatchObject({ anything: tenant });
    expect(await readModels.get(tenantCard, 'one', 'strong')).toEqual(nothing);
  });

  test.each<[string, Partial<ListQuery>, readonly string[]]>([
    ['by text', {}, ['a', 'b', 'c']],
    ['backwards', { descending: true }, ['c', 'b', 'a']],
    ['in a range', { from: 'b', to: 'b' }, ['b']],
    ['by number', { index: 'byRank', value: 7 }, ['a', 'b', 'c']],
    ['in the order of a number that is a partition elsewhere', { index: 'ranked', from: 7, to: 7 }, ['a', 'b', 'c']],
  ])('a list, %s, has the documents of one tenant only, under their own keys', async (_, change, keys) => {
    await fill('a', 'b', 'c');
    for (const tenant of tenants)
      for (const limit of [1, 2, 3, 100]) {
        const items = await pages(tenant, { ...change, limit });
        expect(items.map(({ key }) => key).toSorted()).toEqual([...keys].toSorted());
        for (const { document } of items) expect(document['anything']).toBe(tenant);
      }
  });

  test('inserted documents are listed like written ones', async () => {
    const next = (tenant: string) => at(1, { owner: 'ada', title: 't', rank: 7, anything: tenant });
    const rows = tenants.map((tenant) => ({ key: ofTenant(tenant, 'one'), tenant, next: next(tenant) }));
    expect(await readModels.insert(tenantCard, rows)).toEqual(new Set(tenants.map((tenant) => `${tenant}/one`)));
    for (const tenant of tenants)
      for (const change of [{}, { index: 'byRank', value: 7 }])
        expect((await list(tenant, change)).items).toEqual([{ key: 'one', ...next(tenant) }]);
  });

  test('a value that names another tenant lists no document', async () => {
    await fill('a');
    for (const value of [...tenants, ...tenants.map((tenant) => `${tenant}/ada`), `b/ada`])
      expect((await list(tenants[0], { value })).items).toEqual([]);
    for (const short of [tenants[0].slice(0, -1), `${tenants[0]}-`, 'ada']) expect((await list(short)).items).toEqual([]);
  });

  test('a number works as in a list without tenants', async () => {
    for (const [index, rank] of [0, 0.1, -1, 1e15, 1e-7, 1e21 / 1e7].entries()) await put(tenants[0], `${index}`, { title: 't', rank });
    for (const value of [0, -0, 0.1, -1, 1e15, 1e-7, 100_000_000_000_000])
      expect((await list(tenants[0], { index: 'byRank', value })).items.map(({ document }) => document['rank'])).toEqual([value + 0]);
  });

  test("a cursor is refused in another tenant's list, and an invented cursor leads to no other tenant, even if its seal is valid", async () => {
    await fill('a', 'b', 'c');
    const { cursor = '' } = await list(tenants[1], { limit: 1 });
    for (const tenant of [tenants[0], tenants[2], undefined]) await expect(list(tenant, { cursor })).rejects.toMatchObject(bad);
    for (const key of [`${tenants[1]}/a`, `../${tenants[1]}/a`, 'a', '']) {
      const forged = cursors.ofList(tenantCard, query(tenants[0]), { key: key || 'x', sort: 'a' });
      for (const { document } of (await list(tenants[0], { cursor: forged })).items) expect(document['anything']).toBe(tenants[0]);
    }
  });

  describe('parked streams', () => {
    const faultOf = (tenant: string | undefined, index: number): Fault => ({
      stream: ofTenant(tenant, `tally-${index}`),
      eventId: ofTenant(tenant, `tally-${index}@1`),
      error: 'no',
      parkedAt: at(index, null).recordedAt,
    });
    const park = async (tenant: string | undefined) => {
      for (const index of [0, 1, 2])
        await readModels.write(tenantCard, [
          { key: ofTenant(tenant, `stream#tally-${index}`), tenant, from: 0, next: { ...nothing, parked: faultOf(tenant, index) } },
        ]);
    };
    const parkedOf = async (wanted: Omit<ParkedQuery, 'cursor'>) => {
      const found: Fault[] = [];
      for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
        const page = await readModels.parked(tenantCard, { ...wanted, cursor });
        found.push(...page.items);
        cursor = page.cursor;
      }
      return found;
    };

    test.each([1, 2, 3, 100])('are listed for one tenant by pages of %d, and for an operator for all tenants', async (limit) => {
      for (const tenant of tenants) await park(tenant);
      for (const tenant of tenants) expect(await parkedOf({ tenant, limit })).toEqual([0, 1, 2].map((index) => faultOf(tenant, index)));
      const all = (await parkedOf({ ofEveryTenant: true, limit })).map(({ stream }) => stream);
      const ours = all.filter((stream) => tenants.some((tenant) => stream.startsWith(`${tenant}/`)));
      expect(ours.toSorted()).toEqual(tenants.flatMap((tenant) => [0, 1, 2].map((index) => `${tenant}/tally-${index}`)).toSorted());
      expect(new Set(all).size).toBe(all.length);
    });

    test('are not listed for another tenant, whatever the cursor', async () => {
      for (const tenant of tenants) await park(tenant);
      const { cursor = '' } = await readModels.parked(tenantCard, { tenant: tenants[1], limit: 1 });
      const others: readonly Partial<ParkedQuery>[] = [{ tenant: tenants[0] }, {}, { ofEveryTenant: true }];
      for (const other of others) await expect(readModels.parked(tenantCard, { ...other, limit: 1, cursor })).rejects.toMatchObject(bad);
      const mine = { tenant: tenants[0], limit: 100 };
      const forged = cursors.ofParked(tenantCard, mine, { key: `../${tenants[1]}/stream#tally-0`, sort: '' });
      for (const { stream } of (await readModels.parked(tenantCard, { ...mine, cursor: forged })).items)
        expect(stream).toMatch(new RegExp(`^${tenants[0]}/`));
    });
  });
};
