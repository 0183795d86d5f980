import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { versioned } from '../log/upcasting.ts';
import { defineDomain } from '../registry/domain.ts';
import type { AnyDecider } from '../write/decider.ts';
import type { SchemaLock } from './lock.ts';
import { jsonText, sampleEvents } from './sample-events.ts';

const jarOf = (Filled: z.ZodType): AnyDecider => ({
  name: 'jar',
  commands: {},
  events: { Filled, Emptied: z.object({}) },
  initialState: () => ({}),
  decide: {},
  evolve: { Filled: () => ({}), Emptied: () => ({}) },
});
const samples = (schema: z.ZodType, locked: Readonly<Record<string, object>> = {}) => {
  const lock = { jar: { events: { Filled: locked } } } as unknown as SchemaLock;
  return sampleEvents(defineDomain({ deciders: [jarOf(schema)], projections: [] }), lock, new Set(['Filled']))['Filled'];
};
const first = (schema: z.ZodType): unknown => JSON.parse(samples(schema)?.[1]?.[0] ?? 'null');

test('the keys of a text are in order', () => {
  expect(jsonText({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  expect(jsonText(undefined)).toBe('null');
});

test('only the events that were asked for are sampled', () => {
  const domain = defineDomain({ deciders: [jarOf(z.object({ a: z.literal(1) }))], projections: [] });
  expect(sampleEvents(domain, {}, new Set(['Filled']))).toEqual({ Filled: { 1: ['{"a":1}'] } });
  expect(Object.keys(sampleEvents(domain, {}, new Set(['Filled', 'Emptied'])))).toEqual(['Filled', 'Emptied']);
});

test('in the first sample each field has a value of its own, and its text is its name', () => {
  const schema = z.object({
    ...{ a: z.string(), b: z.string().min(1), one: z.int(), other: z.number(), on: z.boolean(), size: z.enum(['s', 'm']) },
    lines: z.array(z.object({ id: z.string() })),
  });
  expect(first(schema)).toEqual({
    ...{ a: 'a', b: 'b', one: 103, other: 104, on: true, size: 's' },
    lines: [{ id: 'lines.0.id' }, { id: 'lines.1.id' }],
  });
});

test.each<[string, z.ZodType, unknown]>([
  ['a text without room for the path', z.object({ a: z.array(z.string().max(2)) }), { a: ['0', '1'] }],
  [
    'a text in an object without room for the path',
    z.object({ a: z.object({ b: z.object({ c: z.string().max(1) }) }) }),
    { a: { b: { c: 'c' } } },
  ],
  ['an address', z.object({ a: z.email() }), { a: 'a@example.com' }],
  ['a link', z.object({ a: z.url() }), { a: 'https://example.com/a' }],
  ['a time', z.object({ a: z.iso.datetime(), b: z.iso.datetime() }), { a: '2001-02-03T04:05:06.701Z', b: '2001-02-03T04:05:06.702Z' }],
  ['a day', z.object({ a: z.iso.date(), b: z.iso.date() }), { a: '2001-02-01', b: '2001-02-02' }],
  ['a small number', z.object({ a: z.int().max(9), b: z.int().max(9) }), { a: -1000, b: -999 }],
  ['a number below 1', z.object({ a: z.number().max(0.5), b: z.number().max(0.5) }), { a: 0, b: 0.01 }],
  [
    'a text that a pattern restricts',
    z.object({
      a: z
        .string()
        .regex(/^x+$/)
        .meta({ examples: ['xx'] }),
    }),
    { a: 'xx' },
  ],
  ['no data but null', z.null(), null],
])('%s', (_, schema, expected) => expect(first(schema)).toEqual(expected));

test('the other samples follow, each once, as the log would keep them', () => {
  expect(samples(z.object({ a: z.boolean(), b: z.int().min(3).max(4).default(3) }))).toEqual({
    1: ['{"a":true,"b":4}', '{"a":true,"b":3}', '{"a":false,"b":3}'],
  });
});

test('a default is a sample', () => {
  expect(samples(z.object({ n: z.int().min(100).default(777) }))?.[1]).toContain('{"n":777}');
});

test('a schema without a sample has none, and examples help', () => {
  const even = z.int().refine((n) => n % 977 === 976);
  expect(samples(z.object({ even }))).toEqual({ 1: [] });
  expect(samples(z.object({ even: even.meta({ examples: [976] }) }))).toEqual({ 1: ['{"even":976}'] });
});

test('older versions are sampled as the lock has them, and without their refinements', () => {
  const schema = versioned(z.object({ ml: z.literal(1) }), {
    1: { from: z.object({ l: z.number() }), to: () => ({ cl: 1 }) },
    2: { from: z.object({ cl: z.number() }), to: () => ({ ml: 1 as const }) },
  });
  const one = { type: 'object', properties: { l: { const: 7 } }, required: ['l'] };
  const checked = { type: 'object', properties: { cl: { type: 'integer', 'x-checks': ['(n)=>n>5'] } }, required: ['cl'] };
  const shown = { type: 'object', properties: { cl: { type: 'integer', 'x-checks': ['(n)=>n>5'], examples: [8] } }, required: ['cl'] };
  expect(samples(schema, { 1: one, 2: checked })).toEqual({ 1: ['{"l":7}'], 2: [], 3: ['{"ml":1}'] });
  expect(samples(schema, { 1: one, 2: shown, 3: one, 4: one })?.[2]).toContain('{"cl":8}');
  expect(Object.keys(samples(schema, { 3: one, 4: one }) ?? {})).toEqual(['3']);
});
