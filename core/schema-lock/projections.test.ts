import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { contents, document, domainOf, lockOf, totals, withRows } from '../../test/support/jars.ts';
import type { AnyProjection } from '../read/projection.ts';
import type { SchemaFinding } from './comparison.ts';
import { compareReadModels, isOfDocuments } from './projection-findings.ts';
import { type ReadModelsLock, readModelShapes } from './projections.ts';

const found = (projections: readonly AnyProjection[], locked: ReadModelsLock | undefined) =>
  compareReadModels(domainOf(...projections), locked, lockOf(projections));
const inWords = (findings: readonly SchemaFinding[]) => findings.map(({ severity, path, change }) => `${severity}: ${path} ${change}`);
const both = lockOf([contents, totals]);
const said = (...projections: readonly AnyProjection[]) => inWords(found(projections, both));

test('the shape of a projection is how its documents are kept, and what its rows make of samples', () => {
  expect(both.events['Filled']?.[1]?.[0]).toBe('{"by":"by","ml":101,"to":"to"}');
  expect(Object.keys(both.events)).toEqual(['Filled', 'Emptied']);
  expect(both.projections['jar-contents']?.[1]).toMatchObject({
    ...{ engine: 'dynamodb', key: 'stream', indexes: { byPerson: { partition: 'by', sort: 'ml' } } },
    ...{ events: ['Emptied', 'Filled'], withoutSample: [], scenarios: {} },
    document: { type: 'object', required: ['by', 'ml', 'status'] },
  });
  expect(both.projections['jar-contents']?.[1]?.results).toMatchObject({
    'Filled@1#1': '{"by":"by","ml":101,"status":"open"}',
    'Filled@1#1 > Filled@1#1': '{"by":"by","ml":202,"status":"open"}',
    'Filled@1#1 > Emptied@1#1': '{"by":"by","ml":0,"status":"open"}',
  });
  expect(both.projections['totals']?.[1]).toMatchObject({
    ...{ key: 'events', indexes: {}, events: ['Filled'] },
    results: { 'Filled@1#1': '{"by":{"ml":101}}', 'Filled@1#1 > Filled@1#1/2': '{"by":{"ml":202}}' },
  });
});

const doubled = (ml: number): number => ml * 2;

describe('what leaves the documents as they are is no difference:', () => {
  test.each<[string, AnyProjection]>([
    ['nothing', contents],
    ['words', { ...contents, document: document.describe('what is in it') }],
    ['a scope', { ...contents, scope: 'jar:look' }],
    [
      'a row that is written in another way',
      withRows({
        Filled: (jar: { ml: number }, filled: { ml: number; by: string }) => ({ status: 'open', ml: filled.ml + jar.ml, by: filled.by }),
      }),
    ],
    ['another order of the rows', { ...contents, evolve: Object.fromEntries(Object.entries(contents.evolve).reverse()) }],
    ['another order of the fields', { ...contents, document: z.object({ ml: z.int(), status: document.shape.status, by: z.string() }) }],
  ])('%s', (_, changed) => expect(said(changed, totals)).toEqual([]));
});

describe('the owner of documents', () => {
  const owned: AnyProjection = { ...contents, owner: 'by' };
  const locked = lockOf([owned, totals]);

  test('is in the lock, if there is one', () => {
    expect(locked.projections['jar-contents']?.[1]?.owner).toBe('by');
    expect(both.projections['jar-contents']?.[1]).not.toHaveProperty('owner');
    expect(found([owned, totals], locked)).toEqual([]);
  });

  test.each<[string, AnyProjection, ReadModelsLock, string, string]>([
    ['is named', owned, both, 'none', 'by'],
    ['is no longer named', contents, locked, 'by', 'none'],
    ['is another', { ...contents, owner: 'status' }, locked, 'by', 'status'],
  ])('%s: documents stay as they are, and their readers change', (_, changed, before, was, is) => {
    expect(found([changed, totals], before)).toEqual([
      {
        severity: 'compatible',
        path: 'projection jar-contents@1.owner',
        change: `has changed from '${was}' to '${is}': other callers read the documents without the scope`,
        remedy: 'make sure that they may; then record it: npm run schemas:accept',
      },
    ]);
  });
});

describe('what stored documents would not follow is refused:', () => {
  const at = 'incompatible: projection jar-contents@1';
  const many = 'incompatible: projection totals@1';
  test.each<[string, AnyProjection, readonly string[]]>([
    ['an index that is removed', { ...contents, indexes: {} }, [`${at}.indexes.byPerson was removed`]],
    [
      'an index that is added',
      { ...contents, indexes: { ...contents.indexes, byStatus: { partition: 'status', sort: 'ml' } } },
      [`${at}.indexes.byStatus was added`],
    ],
    ['another index', { ...contents, indexes: { byPerson: { partition: 'by', sort: 'status' } } }, [`${at}.indexes.byPerson has changed`]],
    ['a key', { ...contents, key: () => 'one' }, [`${at}.key has changed`]],
    ['another key', { ...totals, key: ({ data }) => data.to }, [`${many}.key chooses other documents for Filled@1`]],
    ['a new field', { ...contents, document: document.extend({ at: z.string().optional() }) }, [`${at}.document.at added, optional`]],
    ['a field that is gone', { ...totals, document: z.object({}) }, [`${many}.document.ml removed`]],
    [
      'a wider field',
      { ...totals, document: z.object({ ml: z.number() }) },
      [`${many}.document.ml takes more types`, `${many}.document.ml minimum changed`, `${many}.document.ml maximum changed`],
    ],
    [
      'a row that is removed',
      { ...contents, evolve: { Filled: contents.evolve['Filled'] } },
      [`${at}.evolve.Emptied was removed: the projection ignores the event`],
    ],
    [
      'a row that is added',
      withRows({ Sealed: (jar: object) => ({ ...jar, status: 'sealed' }) }),
      [`${at}.evolve.Sealed was added: the projection ignored the event until now`],
    ],
    [
      'a row',
      withRows({ Emptied: (jar: object) => ({ ...jar, status: 'sealed', ml: 0 }) }),
      [`${at}.evolve.Emptied makes another document of Emptied@1`],
    ],
    [
      'a row that reads another field',
      withRows({ Filled: (jar: object, { ml, to = '' }: { ml: number; to?: string }) => ({ ...jar, by: to, ml }) }),
      [`${at}.evolve.Filled makes another document of Filled@1`],
    ],
    [
      'a helper',
      { ...totals, evolve: { Filled: (total, { ml }) => ({ ml: total.ml + doubled(ml) }) } },
      [`${many}.evolve.Filled makes another document of Filled@1`],
    ],
    ['the initial document', { ...totals, initialState: () => ({ ml: 1 }) }, [`${many}.evolve.Filled makes another document of Filled@1`]],
    ['a row that deletes', withRows({ Emptied: () => null }), [`${at}.evolve.Emptied makes another document of Emptied@1`]],
    [
      'a row that differs after another event',
      withRows({ Emptied: (jar: { ml: number }) => (jar.ml > 100 ? null : { ...jar, ml: 0 }) }),
      [`${at}.evolve.Emptied makes another document of Emptied@1 after Filled@1`],
    ],
    ['a row that fails', withRows({ Emptied: () => ({}) }), [`${at}.evolve.Emptied makes another document of Emptied@1`]],
  ])('%s', (_, changed, expected) => expect(changed.name === 'totals' ? said(contents, changed) : said(changed, totals)).toEqual(expected));

  test('with the fields that differ, what breaks, and the remedy', () => {
    const [finding] = found([contents, { ...totals, evolve: { Filled: (total, { ml }) => ({ ml: total.ml - ml }) } }], both);
    expect(finding).toMatchObject({ before: { by: { ml: 101 } }, after: { by: { ml: -101 } } });
    expect(finding && isOfDocuments(finding)).toBe(true);
    expect(finding?.breaks).toMatch(/documents that are stored stay as revision 1 has made them/);
    expect(finding?.remedy).toMatch(
      /^raise the revision: `revision: 2`.*`projections: \[totals1, totals\]`.*schemas:accept -- --projections$/,
    );
    const [other] = found([{ ...contents, initialState: () => ({ by: '', ml: 0, status: 'sealed' }) }, totals], both);
    expect([other?.before, other?.after]).toEqual([{ status: 'open' }, { status: 'sealed' }]);
    expect(other?.remedy).toMatch(/`projections: \[jarContents1, jarContents\]`/);
    const [gone] = found([withRows({ Emptied: () => null }), totals], both);
    expect([gone?.before, gone?.after]).toEqual([{ by: '', ml: 0, status: 'open' }, null]);
    const [parked] = found([withRows({ Emptied: () => ({}) }), totals], both);
    expect(parked?.after).toBe('parked by Emptied');
    const [index] = found([{ ...contents, indexes: {} }, totals], both);
    expect([index?.before, index && 'after' in index]).toEqual([{ partition: 'by', sort: 'ml' }, false]);
  });

  test('a document that gets a field is no other key', () => {
    const noted = { ...contents, document: document.extend({ note: z.string().optional() }) };
    const [finding] = found(
      [{ ...withRows({ Emptied: (jar: object) => ({ ...jar, ml: 0, note: 'x' }) }), document: noted.document }],
      lockOf([noted]),
    );
    expect(finding).toMatchObject({ path: 'projection jar-contents@1.evolve.Emptied', before: {}, after: { note: 'x' } });
  });

  test('in another engine', () => {
    const [engine] = found([contents, totals], {
      ...both,
      projections: { totals: { 1: { ...both.projections['totals']?.[1], engine: 'other' } as never } },
    }).filter(({ path }) => path.includes('totals'));
    expect(engine).toMatchObject({ path: 'projection totals@1.engine', change: 'has changed', before: 'other', after: 'dynamodb' });
  });
});

describe('revisions:', () => {
  const [second, third] = [
    { ...contents, revision: 2, indexes: {} },
    { ...contents, revision: 3 },
  ];
  test('a projection that is new, and one that is gone', () => {
    expect(inWords(found([contents, totals], lockOf([totals])))).toEqual(['compatible: projection jar-contents is a new projection']);
    expect(said(totals)).toEqual(['compatible: projection jar-contents is no longer in the domain: its read tables are deleted']);
  });
  test('a revision beside the old one', () =>
    expect(said(contents, second, totals)).toEqual(['compatible: projection jar-contents@2 is a new revision']));
  test('a revision in place of the old one, and how the old one stays', () => {
    const [place, ...more] = found([second, totals], both);
    expect(more).toEqual([]);
    expect(place).toMatchObject({
      ...{ severity: 'compatible', path: 'projection jar-contents@2' },
      change: 'takes the place of revision 1: until it is filled, answers lack documents (x-freshness: filling)',
      remedy: expect.stringMatching(/`projections: \[jarContents1, jarContents\]`; otherwise record it: npm run schemas:accept$/),
    });
  });
  const locked = lockOf([contents, second]);
  test('an old revision leaves, or a new one', () => {
    const change = 'is no longer in the domain: the next deployment deletes its read table';
    expect(inWords(found([second], locked))).toEqual([`compatible: projection jar-contents@1 ${change}`]);
    expect(inWords(found([contents], locked))).toEqual([`compatible: projection jar-contents@2 ${change}`]);
    expect(inWords(found([third], locked))).toEqual([
      expect.stringMatching(/^compatible: projection jar-contents@3 takes the place of revision 2:/),
    ]);
  });
  test('each is compared with itself, and the remedy is a number that is free', () => {
    const [finding] = found([contents, { ...second, initialState: () => ({ by: 'x', ml: 0, status: 'open' }) }], locked);
    expect(finding).toMatchObject({ path: 'projection jar-contents@2.evolve.Emptied', remedy: expect.stringContaining('`revision: 3`') });
  });
  test('beside a new revision, the remedy is the one after it', () => {
    const changed = withRows({ Emptied: () => null });
    const [finding] = found([changed, second, totals], both);
    expect(finding?.remedy).toContain('`revision: 3`');
  });
  test('a number never goes down', () => {
    const [down] = found([contents], lockOf([third]));
    expect(down).toMatchObject({
      ...{ severity: 'incompatible', path: 'projection jar-contents@1', change: 'is new, but the lock has revision 3' },
      remedy: 'a revision only goes up: set it to 4',
    });
  });
});

test('a lock of an earlier release has no projections: they are recorded once', () => {
  expect(found([contents, { ...contents, revision: 2 }, totals], undefined)).toEqual([
    {
      ...{ severity: 'compatible', path: 'projections jar-contents@1, jar-contents@2, totals@1', change: 'are not in the lock yet' },
      remedy: 'record them once, as they are deployed: npm run schemas:accept',
    },
  ]);
  expect(compareReadModels(domainOf(), undefined, lockOf([]))).toEqual([]);
});

test('a check of a document whose source is not visible is recorded as such', () => {
  const blind = { ...totals, document: z.object({ ml: z.int().refine(Number.isSafeInteger) }) };
  const domain = domainOf(blind);
  const sourceOf = () => {
    throw new Error('not visible');
  };
  const { projections } = readModelShapes(domain, { locked: {}, scenarios: [], sourceOf });
  expect(JSON.stringify(projections['totals']?.[1]?.document)).toContain('"x-checks":["not visible"]');
});
