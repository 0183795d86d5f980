import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { TooLargeTogether, Unwritable } from '../../core/basics/errors.ts';
import type { Commit } from '../../core/log/event-store.ts';
import { nothing } from '../../core/read/projection.ts';
import { type Change, faultOf, maxChanges, type ReadModels, type Row } from '../../core/read/read-models.ts';
import { commitsOf } from '../../core/testing/commits.ts';
import { at, card, otherCard, tenantCard } from '../support/read-cards.ts';
import { anyCommand } from '../support/requests.ts';
import type { OpenReadModels } from './read-models.ts';

/** Several rows that are replaced together, and read together. */
export const rowsContract = (open: OpenReadModels): void => {
  let readModels: ReadModels;
  let prefix: string;
  beforeEach(() => {
    readModels = open();
    prefix = randomUUID();
  });
  const keyOf = (index: number) => `${prefix}-${String(index).padStart(3, '0')}`;
  const keys = (count: number) => Array.from({ length: count }, (_, index) => keyOf(index));
  const change = (index: number, from: Change['from'], next: Row = at(from === 'unread' ? 1 : from + 1, { rank: index })): Change => ({
    key: keyOf(index),
    tenant: undefined,
    from,
    next,
  });
  const newRows = (rows: ReadonlyMap<string, Row>) => [...rows].map(([key, next]) => ({ key, tenant: undefined, next }));
  const write = (...changes: readonly Change[]) => readModels.write(card, changes);
  const versions = async (count: number) => {
    const rows = await readModels.getMany(card, keys(count), 'strong');
    return keys(count).map((key) => rows.get(key)?.version);
  };

  test('are in a table with a name, which holds only the rows of one projection', async () => {
    expect(readModels.tableOf(card)).not.toBe(readModels.tableOf(otherCard));
    expect(readModels.tableOf(card)).toBe(open().tableOf(card));
  });

  test('an empty list is written', async () => expect(await write()).toBe(true));

  test.each([2, 3, maxChanges])('%d are written at once', async (count) => {
    expect(await write(...keys(count).map((_, index) => change(index, 0)))).toBe(true);
    expect(await versions(count)).toEqual(Array(count).fill(1));
    expect(await readModels.get(card, keyOf(1), 'strong')).toEqual(at(1, { rank: 1 }));
  });

  describe('of three, at the versions 0 (not there), 1 and 2', () => {
    beforeEach(async () => {
      await write(change(1, 0), change(2, 0));
      await write(change(2, 1));
    });

    test('all are moved from where they are', async () => {
      expect(await write(change(0, 0), change(1, 1), change(2, 2))).toBe(true);
      expect(await versions(3)).toEqual([1, 2, 3]);
    });

    test.each([
      ['the first', [1, 1, 2]],
      ['the middle one', [0, 0, 2]],
      ['the middle one, ahead', [0, 2, 2]],
      ['the last', [0, 1, 1]],
      ['the last, taken for new', [0, 1, 0]],
      ['every one', [7, 7, 7]],
    ])('none is moved if %s is at another version', async (_, froms) => {
      expect(await write(...froms.map((from, index) => change(index, from)))).toBe(false);
      expect(await versions(3)).toEqual([undefined, 1, 2]);
      expect(await readModels.get(card, keyOf(2), 'strong')).toEqual(at(2, { rank: 2 }));
    });

    test('one of many writers moves them, and the other writers move none', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, writer) =>
          write(change(0, 0, at(1, { rank: writer })), change(1, 1, at(2, { rank: writer })), change(2, 2, at(3, { rank: writer }))),
        ),
      );
      expect(outcomes.filter((done) => done)).toHaveLength(1);
      const rows = await readModels.getMany(card, keys(3), 'strong');
      expect([...rows.values()].map(({ document }) => document?.['rank'])).toEqual(Array(3).fill(outcomes.indexOf(true)));
    });
  });

  test.each([0, 1, 25, 26, 210])('of %d that are inserted, only new ones are put', async (count) => {
    if (count > 3) await write(change(1, 0, at(7, { rank: 7 })), change(3, 0, at(1, null)));
    const rows = new Map(keys(count).map((key, index) => [key, at(1, { rank: index })]));
    const inserted = await readModels.insert(card, newRows(rows));
    const there = count > 3 ? [keyOf(1), keyOf(3)] : [];
    expect(inserted).toEqual(new Set(keys(count).filter((key) => !there.includes(key))));
    const found = await readModels.getMany(card, keys(count), 'strong');
    for (const key of inserted) expect(found.get(key)).toEqual(rows.get(key));
    for (const key of there) expect(found.get(key)?.version).toBe(key === keyOf(1) ? 7 : 1);
    expect(await readModels.insert(card, newRows(rows))).toEqual(new Set());
  });

  test('one that a table does not accept is not inserted, and the others are', async () => {
    const parked = { stream: 'tally-1', eventId: "tally-1@1 'quoted'", error: 'no', parkedAt: '2026-01-01T00:00:00.000Z' };
    const rows = new Map<string, Row>([
      [keyOf(0), at(1, { title: "it's" })],
      [keyOf(1), at(1, { anything: 'x'.repeat(400 * 1024) })],
      [keyOf(2), { ...nothing, parked }],
    ]);
    expect(await readModels.insert(card, newRows(rows))).toEqual(new Set([keyOf(0), keyOf(2)]));
    expect(await readModels.getMany(card, keys(3), 'strong')).toEqual(new Map([...rows].filter(([key]) => key !== keyOf(1))));
  });

  test('an existing row at version 0 is replaced from 0, alone and among others', async () => {
    const parked = { stream: 'tally-1', eventId: 'tally-1@1', error: 'no', parkedAt: '2026-01-01T00:00:00.000Z' };
    expect(await write(change(0, 0, { ...nothing, parked }), change(1, 0, { ...nothing, parked }))).toBe(true);
    expect(await readModels.get(card, keyOf(0), 'strong')).toEqual({ ...nothing, parked });
    expect(await write(change(0, 0))).toBe(true);
    expect(await write(change(1, 0), change(2, 0))).toBe(true);
    expect(await versions(3)).toEqual([1, 1, 1]);
    expect(await readModels.get(card, keyOf(0), 'strong')).toStrictEqual(at(1, { rank: 0 }));
  });

  test('a row that was not read is written if there is none, alone and among others', async () => {
    const parked = { stream: 'tally-1', eventId: 'tally-1@1', error: 'no', parkedAt: '2026-01-01T00:00:00.000Z' };
    expect(await write(change(0, 'unread', { ...nothing, parked }))).toBe(true);
    expect(await write(change(1, 'unread'), change(2, 0))).toBe(true);
    for (const index of [0, 1]) {
      expect(await write(change(index, 'unread', at(7, null)))).toBe(false);
      expect(await write(change(index, 'unread', at(7, null)), change(3, 0))).toBe(false);
    }
    expect(await versions(4)).toEqual([0, 1, 1, undefined]);
    expect(await readModels.get(card, keyOf(0), 'strong')).toEqual({ ...nothing, parked });
  });

  test('a row may be replaced at its present version', async () => {
    await write(change(0, 0));
    expect(await write(change(0, 1, at(1, { title: 'again' })))).toBe(true);
    expect(await readModels.get(card, keyOf(0), 'strong')).toEqual(at(1, { title: 'again' }));
  });

  test.each([0, 1, 99, 100, 101, 250])('%d are read at once, whatever their order', async (count) => {
    for (let index = 0; index < count; index += maxChanges)
      await write(...keys(Math.min(maxChanges, count - index)).map((_, place) => change(index + place, 0)));
    for (const consistency of ['strong', 'eventual'] as const) {
      const rows = await readModels.getMany(card, keys(count).reverse(), consistency);
      expect(rows.size).toBe(count);
      for (const [index, key] of keys(count).entries()) expect(rows.get(key)).toEqual(at(1, { rank: index }));
    }
  });

  test('a read of several returns those that exist', async () => {
    await write(change(1, 0), change(3, 0, at(1, null)));
    const rows = await readModels.getMany(card, [...keys(5), ...keys(5), randomUUID()], 'strong');
    expect(rows).toEqual(
      new Map([
        [keyOf(1), at(1, { rank: 1 })],
        [keyOf(3), at(1, null)],
      ]),
    );
    expect(await readModels.getMany(otherCard, keys(5), 'strong')).toEqual(new Map());
  });

  test('large ones are all read', async () => {
    const big = 'x'.repeat(390_000);
    await Promise.all(keys(45).map((_, index) => write(change(index, 0, at(1, { anything: big }))))); // 17 MB: more than one answer holds.
    const rows = await readModels.getMany(card, keys(45), 'strong');
    expect(rows.size).toBe(45);
  });
};

/** How large a row may be, and rows that are written together. */
export const sizesContract = (open: OpenReadModels): void => {
  const write = (sizes: readonly number[]) => {
    const prefix = randomUUID();
    const changes = sizes.map((size, index) => ({
      key: `${prefix}-${index}`,
      tenant: undefined,
      from: 0,
      next: at(1, { anything: 'x'.repeat(size) }),
    }));
    return { changes, written: open().write(card, changes) };
  };
  const tooLarge = 400 * 1024; // A row has a key, a version and a time beside its document.

  const isRefused = async (...sizes: readonly number[]) => {
    const { changes, written } = write(sizes);
    await expect(written).rejects.toThrow(Unwritable);
    const keys = changes.map(({ key }) => key);
    expect(await open().getMany(card, keys, 'strong')).toEqual(new Map());
  };
  test('a row of more than 400 KB is refused for good', () => isRefused(tooLarge));
  test('a row of more than 400 KB is refused for good, with those beside it', () => isRefused(1, tooLarge, 1));
  test('a row of nearly 400 KB is taken', async () => expect(await write([400_000]).written).toBe(true));
  test('the largest row that is accepted still has room for the longest fault', async () => {
    const readModels = open();
    const tenant = 't'.repeat(64);
    const key = `${tenant}/${randomUUID()}`;
    const write = (from: number, next: Row) =>
      readModels.write(tenantCard, [{ key, tenant, from, next }]).catch((error) => !(error instanceof Unwritable));
    const step = 97;
    const row = (version: number): Row => at(version, { anything: 'x'.repeat(398_000 + version * step) });
    let version = 0;
    while (await write(version, row(version + 1))) version++;
    expect(version).toBeGreaterThan(1);

    const [commit] = commitsOf({ tenant, aggregate: 'a'.repeat(64), id: 'i'.repeat(128) }, [anyCommand]) as [Commit];
    const parked = faultOf({ ...commit, version: Number.MAX_SAFE_INTEGER }, new Error('\u0000'.repeat(5000)), new Date());
    expect(await write(version, { ...row(version), parked })).toBe(true);
    expect(await readModels.get(tenantCard, key, 'strong')).toEqual({ ...row(version), parked });

    const others = [0, 1].map((more) => ({ key: `${tenant}/${randomUUID()}`, tenant, next: row(version + more) }));
    expect(await readModels.insert(tenantCard, others)).toEqual(new Set([others[0]?.key]));
  });
  // DynamoDB takes 4 MB in one transaction.
  test('rows that are too large together are refused for good, and fewer rows are accepted', async () => {
    const { changes, written } = write(Array(20).fill(390_000));
    await expect(written).rejects.toThrow(TooLargeTogether);
    const keys = changes.map(({ key }) => key);
    expect(await open().getMany(card, keys, 'strong')).toEqual(new Map());
    expect(await open().write(card, changes.slice(0, 10))).toBe(true);
  });
};
