import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import { nothing } from './projection.ts';
import type { Change, ReadModels, Row } from './read-models.ts';
import { type UnitOfWork, unitOfWork } from './unit-of-work.ts';

/** Each call to the read tables, with its keys. */
let calls: string[];
/** The changes of each write that was tried. */
let writes: (readonly Change[])[];
let readModels: ReadModels;
let unit: UnitOfWork;
const none = undefined;

const row = (version: number): Row => ({
  document: { sum: version, parity: 'even', trail: '' },
  version,
  recordedAt: '2026-01-01T00:00:00.000Z',
});

beforeEach(async () => {
  const tables = memoryReadModels();
  for (const key of ['a', 'b', 'c']) await tables.write(tallyTotal, [{ key, tenant: none, from: 'unread', next: row(1) }]);
  [calls, writes] = [[], []];
  readModels = {
    ...tables,
    get: (projection, key, consistency) => {
      calls.push(`get ${key}, ${consistency}`);
      return tables.get(projection, key, consistency);
    },
    getMany: (projection, keys, consistency) => {
      calls.push(`get many ${keys.join()}, ${consistency}`);
      return tables.getMany(projection, keys, consistency);
    },
    write: (projection, changes) => {
      writes.push(changes);
      return tables.write(projection, changes);
    },
  };
  unit = unitOfWork(readModels, tallyTotal, 3);
});

describe('reads', () => {
  test('a row is read strongly, once', async () => {
    expect([await unit.rowAt('a'), await unit.rowAt('a')]).toEqual([row(1), row(1)]);
    expect(calls).toEqual(['get a, strong']);
    expect([unit.storedVersion('a'), unit.storedVersion('never read')]).toEqual([1, 0]);
  });

  test('two rows or more that are expected are read in one request, with those that are not there', async () => {
    await unit.expect(['a', 'b', 'x']);
    expect([await unit.rowAt('a'), await unit.rowAt('b'), await unit.rowAt('x')]).toEqual([row(1), row(1), nothing]);
    expect(calls).toEqual(['get many a,b,x, strong']);
  });

  test('rows that are known are not read again, and one row alone is read when it is needed', async () => {
    await unit.expect(['a', 'b']);
    await unit.expect(['a', 'b', 'c']);
    expect(calls).toEqual(['get many a,b, strong']);
    await unit.expect(['a', 'c', 'd']);
    expect(calls.slice(1)).toEqual(['get many c,d, strong']);
  });

  test('a row that was put is the row from then on', async () => {
    await unit.rowAt('a');
    unit.put('a', row(2), none);
    expect(await unit.rowAt('a')).toEqual(row(2));
    expect(unit.storedVersion('a')).toBe(1);
  });
});

describe('a write', () => {
  test('contains all changed rows, each from the version at which it was read', async () => {
    await unit.rowAt('a');
    unit.put('a', row(2), 'acme');
    unit.put('new', row(1), none);
    expect(unit.staged()).toEqual({ rows: 2, parts: 0 });
    expect(await unit.flush()).toBe(true);
    expect(writes).toEqual([
      [
        { key: 'a', tenant: 'acme', from: 1, next: row(2) },
        { key: 'new', tenant: none, from: 0, next: row(1) },
      ],
    ]);
    expect({ staged: unit.staged(), writes: unit.writes(), version: unit.storedVersion('a') }).toEqual({
      ...{ staged: { rows: 0, parts: 0 }, writes: 1, version: 2 },
    });
    // What was written is known: the next write goes on from it.
    unit.put('a', row(3), 'acme');
    expect(await unit.flush()).toBe(true);
    expect(calls).toEqual(['get a, strong']);
    expect(unit.writes()).toBe(2);
  });

  test('without a change is none', async () => {
    await unit.rowAt('a');
    expect(await unit.flush()).toBe(true);
    expect({ writes, number: unit.writes() }).toEqual({ writes: [], number: 0 });
  });

  test('that another writer came before changes nothing and stays staged', async () => {
    await unit.rowAt('a');
    await readModels.write(tallyTotal, [{ key: 'a', tenant: none, from: 1, next: row(7) }]);
    unit.putPart(
      new Map([
        ['a', row(2)],
        ['b', row(2)],
      ]),
      none,
    );
    expect(await unit.flush()).toBe(false);
    expect({ staged: unit.staged(), writes: unit.writes(), version: unit.storedVersion('a') }).toEqual({
      ...{ staged: { rows: 2, parts: 1 }, writes: 0, version: 1 },
    });
    expect(await readModels.get(tallyTotal, 'b', 'strong')).toEqual(row(1));
  });

  test('may contain parts of commits: their rows are put together, and the parts are counted', async () => {
    unit.putPart(new Map([['x', row(1)]]), 'acme');
    unit.putPart(
      new Map([
        ['x', row(2)],
        ['y', row(2)],
      ]),
      'acme',
    );
    expect(unit.staged()).toEqual({ rows: 2, parts: 2 });
    await unit.flush();
    expect(writes[0]?.map(({ key, tenant, next }) => [key, tenant, next.version])).toEqual([
      ['x', 'acme', 2],
      ['y', 'acme', 2],
    ]);
  });
});

test('there is room for as many rows as fit together, and a row that is changed already takes no more', () => {
  for (const key of ['a', 'b']) unit.put(key, row(2), none);
  expect([['c'], ['a', 'c'], ['a', 'b'], [], ['c', 'd']].map((keys) => unit.hasRoomFor(keys))).toEqual([true, true, true, true, false]);
});

test('what is discarded was never put', async () => {
  await unit.rowAt('a');
  unit.putPart(new Map([['a', row(2)]]), none);
  unit.discard();
  expect(unit.staged()).toEqual({ rows: 0, parts: 0 });
  expect(await unit.rowAt('a')).toEqual(row(1));
  expect(calls).toEqual(['get a, strong']);
});

test('a row that is forgotten is read again, but not one that is changed', async () => {
  await unit.expect(['a', 'b']);
  unit.put('a', row(2), none);
  unit.forget(['a', 'b', 'x']);
  expect([await unit.rowAt('a'), await unit.rowAt('b')]).toEqual([row(2), row(1)]);
  expect(unit.storedVersion('a')).toBe(1);
  expect(calls).toEqual(['get many a,b, strong', 'get b, strong']);
});
