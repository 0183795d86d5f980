import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { type AnyProjection, nothing } from '../../core/read/projection.ts';
import type { Fault, ParkedPage, ReadModels } from '../../core/read/read-models.ts';
import { at, otherCard, parkedCard } from '../support/read-cards.ts';
import type { OpenReadModels } from './read-models.ts';

const bad = { name: 'Invalid', code: 'InvalidCursor' };

/** The streams that were set aside. The tests are steps of one story, for a projection has one list. */
export const parkedContract = (open: OpenReadModels): void => {
  let readModels: ReadModels;
  const faults: readonly Fault[] = Array.from({ length: 7 }, (_, index) => ({
    stream: `tally-${index}`,
    eventId: `tally-${index}@${index + 1}`,
    error: 'TypeError: “no”\n',
    parkedAt: at(index, null).recordedAt,
  }));
  beforeAll(() => {
    readModels = open();
  });
  const list = (limit: number, cursor?: string, projection: AnyProjection = parkedCard) => readModels.parked(projection, { limit, cursor });

  test('are an empty list at first', async () => expect(await list(10)).toEqual({ items: [] }));

  test('are listed, beside documents and checkpoints, and rows that are not parked are not', async () => {
    for (const [index, parked] of faults.entries()) {
      const row =
        index % 2 === 0 ? { ...at(index, { title: `kept-${index}`, owner: 'ada' }), parked } : { ...nothing, version: index, parked };
      expect(await readModels.write(parkedCard, [{ key: `stream#tally-${index}`, tenant: undefined, from: 0, next: row }])).toBe(true);
      await readModels.write(parkedCard, [{ key: randomUUID(), tenant: undefined, from: 0, next: at(1, { title: 'well' }) }]);
    }
    expect(await list(100)).toEqual({ items: faults });
    const { items } = await readModels.list(parkedCard, { index: 'byOwner', value: 'ada', limit: 10, descending: false });
    expect(items.map(({ version, document }) => [version, document])).toEqual(
      [0, 2, 4, 6].map((n) => [n, { title: `kept-${n}`, owner: 'ada' }]),
    );
    expect(items[1]).not.toHaveProperty('parked');
  });

  test('are listed with the row that is parked', async () => {
    expect(await readModels.get(parkedCard, 'stream#tally-2', 'strong')).toStrictEqual({
      ...at(2, { title: 'kept-2', owner: 'ada' }),
      parked: faults[2],
    });
  });

  test.each([1, 2, 3, 6, 7, 8])('by pages of %d miss nothing and repeat nothing', async (limit) => {
    const pages: ParkedPage[] = [await list(limit)];
    for (let cursor = pages[0]?.cursor; cursor !== undefined; cursor = pages.at(-1)?.cursor) pages.push(await list(limit, cursor));
    expect(pages.flatMap(({ items }) => items)).toEqual(faults);
    for (const { items } of pages) expect(items.length).toBeLessThanOrEqual(limit);
  });

  test.each(['', ' ', 'x', '%', 'null', 'e30', '{}', 'W10', 'a'.repeat(5000)])('refuse the cursor %j', async (cursor) => {
    await expect(list(3, cursor)).rejects.toMatchObject(bad);
  });

  test('refuse a cursor that was altered anywhere', async () => {
    const cursor = (await list(3)).cursor as string;
    for (let place = 0; place < cursor.length; place += 1) {
      const altered = `${cursor.slice(0, place)}${cursor[place] === 'A' ? 'B' : 'A'}${cursor.slice(place + 1)}`;
      await expect(list(3, altered)).rejects.toMatchObject(bad);
    }
  });

  test('refuse the cursors of a list, of another projection and of another revision', async () => {
    const cursor = (await list(3)).cursor as string;
    const { cursor: ofList } = await readModels.list(parkedCard, { index: 'byOwner', value: 'ada', limit: 1, descending: false });
    await expect(list(3, ofList)).rejects.toMatchObject(bad);
    await expect(list(3, cursor, otherCard)).rejects.toMatchObject(bad);
    await expect(list(3, cursor, { ...parkedCard, name: otherCard.name })).rejects.toMatchObject(bad);
    await expect(
      readModels.list(parkedCard, { index: 'byOwner', value: 'ada', limit: 1, descending: false, cursor }),
    ).rejects.toMatchObject(bad);
  });

  test('of one projection are not listed for another', async () => expect(await list(10, undefined, otherCard)).toEqual({ items: [] }));

  test('are not listed after their row is repaired, and are listed if they are parked again', async () => {
    await readModels.write(parkedCard, [{ key: 'stream#tally-3', tenant: undefined, from: 3, next: at(4, null) }]);
    expect(await list(100)).toEqual({ items: faults.filter((_, index) => index !== 3) });
    const parked = { ...(faults[3] as Fault), error: 'another' };
    await readModels.write(parkedCard, [{ key: 'stream#tally-3', tenant: undefined, from: 4, next: { ...at(4, null), parked } }]);
    expect((await list(100)).items[3]).toEqual(parked);
  });
};
