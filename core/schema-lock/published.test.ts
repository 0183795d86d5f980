import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { tally } from '../../test/support/tally.ts';
import { definePublication } from '../publish/publication.ts';
import { defineDomain } from '../registry/domain.ts';
import { comparePublished, publishedShapes } from './published.ts';

const shapesOf = (shape: z.ZodType, { name = 'tallies', type = 'Added.v1' } = {}) => {
  const map = { Added: () => null };
  const publications = [definePublication({ name, events: tally.events, publishes: { [type]: shape }, map })];
  return publishedShapes(defineDomain({ deciders: [tally], projections: [], publications }), String);
};
const differences = (before: z.ZodType, after: z.ZodType) => comparePublished(shapesOf(before), shapesOf(after));

const before = z.object({
  id: z.string(),
  amount: z.int().min(0).max(100),
  kind: z.enum(['in', 'out']),
  note: z.string().optional(),
  lines: z.array(z.object({ text: z.string() })),
  by: z.union([z.string(), z.int()]),
});
const with_ = (fields: Readonly<Record<string, z.ZodType>>) => before.extend(fields);

test('the same shape, however it is written, is no difference', () => {
  expect(differences(before, before)).toEqual([]);
  expect(differences(before, with_({ id: z.string().describe('of the tally') }))).toEqual([]);
  expect(differences(z.object({ id: z.string() }), z.strictObject({ id: z.string() }))).toEqual([]);
});

describe('listeners that know the old shape can read', () => {
  test.each<[string, z.ZodType, string, string]>([
    ['one more field', with_({ more: z.string() }), '.more', 'added'],
    ['one more field that may be absent', with_({ more: z.string().optional() }), '.more', 'added'],
    ['one more field within', with_({ lines: z.array(z.object({ text: z.string(), bold: z.boolean() })) }), '.lines[].bold', 'added'],
    ['a field that is always there now', with_({ note: z.string() }), '.note', 'is required now'],
    ['narrower limits', with_({ amount: z.int().min(1).max(100) }), '.amount', 'minimum changed'],
    ['fewer values', with_({ kind: z.enum(['in']) }), '.kind', 'enum changed'],
    ['fewer kinds of data', with_({ by: z.string() }), '.by', 'has fewer kinds of data'],
    ['one more check', with_({ id: z.string().refine((id) => id !== '') }), '.id', 'its refinements changed'],
  ])('%s', (_, after, path, change) => {
    const [found, ...others] = differences(before, after);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 'compatible', path: `tallies: Added.v1${path}`, change });
    expect(found?.remedy).toContain('npm run schemas:accept');
  });
});

describe('listeners that know the old shape may not understand', () => {
  const { note: _, ...unnoted } = before.shape;
  test.each<[string, z.ZodType, string, string]>([
    ['a field that is gone', z.object(unnoted), '.note', 'removed'],
    ['a field that may be absent', with_({ id: z.string().optional() }), '.id', 'is optional now'],
    ['wider limits', with_({ amount: z.int().min(-1).max(100) }), '.amount', 'minimum changed'],
    ['no limits', with_({ amount: z.int() }), '.amount', 'minimum changed'],
    ['another value', with_({ kind: z.enum(['in', 'out', 'back']) }), '.kind', 'enum changed'],
    ['another type', with_({ id: z.int() }), '.id', 'has another type'],
    ['fractions, where there were none', with_({ amount: z.number().min(0).max(100) }), '.amount', 'has another type'],
    ['null', with_({ id: z.string().nullable() }), '.id', ''],
    ['one more kind of data', with_({ by: z.union([z.string(), z.int(), z.boolean()]) }), '.by', 'has other parts'],
    ['what is gone within', with_({ lines: z.array(z.object({})) }), '.lines[].text', 'removed'],
  ])('%s', (_, after, path, change) => {
    const found = differences(before, after).filter(({ severity }) => severity === 'incompatible');
    expect(found[0]).toMatchObject({ path: `tallies: Added.v1${path}`, change: expect.stringContaining(change) });
    expect(found[0]?.remedy).toContain('publish the new shape as Added.v2, in a publication of its own');
  });

  test('a field by another name', () => {
    const { id, ...others } = before.shape;
    expect(differences(before, z.object({ ...others, tallyId: id })).map(({ severity, path, change }) => [severity, path, change])).toEqual(
      [
        ['compatible', 'tallies: Added.v1.tallyId', 'added'],
        ['incompatible', 'tallies: Added.v1.id', 'removed'],
      ],
    );
  });
});

test('a difference names the old schema and the new one', () => {
  const [found] = differences(before, with_({ amount: z.int().min(5).max(100) }));
  expect(found).toMatchObject({ before: 0, after: 5 });
  const [removed] = differences(z.object({ id: z.string() }), z.object({}));
  expect(removed).toMatchObject({ before: { type: 'string' } });
  expect(removed).not.toHaveProperty('after');
});

test('a new type is one, and what goes is missed by its name and its source', () => {
  const [one, other] = [shapesOf(before), shapesOf(before, { type: 'Added.v2' })];
  expect(comparePublished({}, one)).toMatchObject([
    { severity: 'compatible', path: 'tallies: Added.v1', change: 'is a new integration event' },
  ]);
  expect(comparePublished(one, {})).toMatchObject([
    { severity: 'incompatible', path: 'tallies: Added.v1', change: 'is no longer published' },
  ]);
  expect(comparePublished(one, other).map(({ severity, path }) => `${severity} ${path}`)).toEqual([
    'incompatible tallies: Added.v1',
    'compatible tallies: Added.v2',
  ]);
  const renamed = shapesOf(before, { name: 'counts' });
  expect(comparePublished(one, renamed).map(({ severity }) => severity)).toEqual(['incompatible', 'compatible']);
});
