import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nothing, type Versioned } from '../../core/read/projection.ts';
import type { ReadModels } from '../../core/read/read-models.ts';
import { at, card, otherCard } from '../support/card.ts';
import { replaceRow } from '../support/projecting.ts';
import type { OpenReadModels } from './read-models.ts';

/** One document at a key, moved from version to version. */
export const documentsContract = (open: OpenReadModels): void => {
  let readModels: ReadModels;
  let key: string;
  beforeEach(() => {
    readModels = open();
    key = randomUUID();
  });
  const get = () => readModels.get(card, key, 'strong');
  const replace = (from: number, next: Versioned) => replaceRow(readModels, card, key, from, next);

  test.each(['strong', 'eventual'] as const)('that was never written is undefined (%s)', async (consistency) => {
    expect(await readModels.get(card, key, consistency)).toEqual(nothing);
  });

  test('is created from version 0, with the written content', async () => {
    expect(await replace(0, at(3, { title: 'one' }))).toBe(true);
    expect(await get()).toEqual(at(3, { title: 'one' }));
    expect(await readModels.get(card, key, 'eventual')).toEqual(at(3, { title: 'one' }));
  });

  test('is replaced from its present version, as a whole', async () => {
    await replace(0, at(1, { title: 'one', owner: 'ada' }));
    expect(await replace(1, at(4, { rank: 2 }))).toBe(true);
    expect(await get()).toEqual(at(4, { rank: 2 }));
  });

  test.each([0, 1, 3, 4, 5])('at version 2 is not replaced from %d', async (from) => {
    await replace(0, at(2, { title: 'two' }));
    expect(await replace(from, at(9, { title: 'wrong' }))).toBe(false);
    expect(await get()).toEqual(at(2, { title: 'two' }));
  });

  test.each([1, 7])('that does not exist is not replaced from %d', async (from) => {
    expect(await replace(from, at(9, { title: 'wrong' }))).toBe(false);
    expect(await get()).toEqual(nothing);
  });

  test('is replaced by one of many writers that read the same version', async () => {
    await replace(0, at(1, { title: 'one' }));
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => replace(1, at(2, { rank: index }))));
    expect(outcomes.filter((done) => done)).toHaveLength(1);
    expect(await get()).toEqual(at(2, { rank: outcomes.indexOf(true) }));
  });

  test('is created by one of many writers that found no document', async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => replace(0, at(1, { rank: index }))));
    expect(outcomes.filter((done) => done)).toHaveLength(1);
    expect(await get()).toEqual(at(1, { rank: outcomes.indexOf(true) }));
  });

  test('that was deleted keeps its version', async () => {
    await replace(0, at(1, { title: 'one', owner: 'ada' }));
    expect(await replace(1, at(2, null))).toBe(true);
    expect(await get()).toEqual(at(2, null));
    expect(await replace(0, at(1, { title: 'one' }))).toBe(false);
    expect(await replace(1, at(2, { title: 'two' }))).toBe(false);
    expect(await get()).toEqual(at(2, null));
  });

  test('that was deleted is written again from the version that it kept', async () => {
    await replace(0, at(2, null));
    expect(await replace(2, at(3, { title: 'three' }))).toBe(true);
    expect(await get()).toEqual(at(3, { title: 'three' }));
  });

  test("of one projection is independent of another projection's", async () => {
    await replace(0, at(1, { title: 'one' }));
    expect(await readModels.get(otherCard, key, 'strong')).toEqual(nothing);
    expect(await replaceRow(readModels, otherCard, key, 0, at(5, null))).toBe(true);
    expect(await get()).toEqual(at(1, { title: 'one' }));
  });

  test('stays as written if the writer or a reader changes its copy afterwards', async () => {
    const written = { title: 'one', anything: { list: [1] } };
    await replace(0, at(1, written));
    written.anything.list.push(2);
    const { document } = await get();
    expect(document).toEqual({ title: 'one', anything: { list: [1] } });
    try {
      Object.assign(document as object, { title: 'changed' });
      (document as typeof written).anything.list.push(3);
    } catch {} // Frozen: better still.
    expect((await get()).document).toEqual({ title: 'one', anything: { list: [1] } });
  });

  test.each(['a', 'A', '_', '0', 'a.b_c~d:e@f-g', 'ada@example.org', 'x'.repeat(128)])('has the key %s', async (id) => {
    const { version } = await readModels.get(card, id, 'strong');
    expect(await replaceRow(readModels, card, id, version, at(version + 1, { title: id }))).toBe(true);
    expect((await readModels.get(card, id, 'strong')).document).toEqual({ title: id });
  });

  const odd: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    nothing: {},
    'empty values': { anything: { a: '', b: [], c: {}, d: null, e: [null, [null]], f: false, g: 0 } },
    'text of every kind': { title: '👩‍👩‍👧 漢字 e\u0301\u0000\u2028 "\\', anything: '\ud800' },
    numbers: { anything: [0.1 + 0.2, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Number.MIN_VALUE, -1e-7] },
    names: { anything: { '': 1, constructor: 2, 'a.b': 3, key: 4, version: 5, document: 6 } },
    depth: { anything: Array.from({ length: 200 }).reduce<unknown>((inner) => ({ inner }), 'end') },
    'a hundred kilobytes': { anything: 'x'.repeat(100_000) },
  };

  test.each(Object.entries(odd))('is equal to what was written: %s', async (_, content) => {
    await replace(0, at(1, content));
    expect(await get()).toStrictEqual(at(1, content));
  });

  test('has no undefined field', async () => {
    await replace(0, at(1, { title: 'one', owner: undefined }));
    expect(await get()).toStrictEqual(at(1, { title: 'one' }));
  });

  test('is equal to what was written, for any JSON', async () => {
    const contents = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })).map((all) => JSON.parse(JSON.stringify({ anything: all })));
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const { version } = await get();
        await replace(version, at(version + 1, content));
        expect((await get()).document).toEqual(content);
      }),
      { numRuns: 25 },
    );
  });

  /** Values that fit the document but that no key of an index can be made of. */
  const unlistable: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    'a text of 3000 bytes': { owner: 'x'.repeat(3000), title: 'one' },
    'a text of 1500 bytes to sort by': { owner: 'ada', title: 'é'.repeat(750) },
    'a number past 1e126': { owner: 'ada', title: 'one', rank: 1e300 },
    'a number next to nothing': { owner: 'ada', title: 'one', rank: 1e-300 },
    'a whole number past the safe ones': { owner: 'ada', title: 'one', rank: 2 ** 60 },
    'a field of another type': { owner: 7, title: 'one', rank: 'first' },
    'a field that is null': { owner: null, title: 'one' },
    'an empty field': { owner: '', title: 'one', rank: 1 },
  };

  test.each(Object.entries(unlistable))('is kept, even if an index cannot have it: %s', async (_, content) => {
    expect(await replace(0, at(1, content))).toBe(true);
    expect(await get()).toEqual(at(1, content));
  });
};
