import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { fulfilment } from '../../test/domain/fulfilment/saga.ts';
import { order } from '../../test/domain/order/decider.ts';
import { payment } from '../../test/domain/payment/decider.ts';
import { stock } from '../../test/domain/stock/decider.ts';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import { tallyPublication } from '../../test/support/tally-publication.ts';
import { versioned } from '../log/upcasting.ts';
import type { AnySaga } from '../sagas/saga.ts';
import { defineDecider } from '../write/decider.ts';
import { defineDomain } from './domain.ts';

const book = (schemas: { readonly command?: z.ZodType; readonly event?: z.ZodType }) =>
  defineDecider({
    name: 'book',
    commands: { Write: schemas.command ?? z.object({}) },
    events: { Written: schemas.event ?? z.object({}) },
    initialState: () => ({}),
    decide: { Write: () => [] },
    evolve: { Written: (state) => state },
  });

const saga = (context: z.ZodType): AnySaga => ({ ...fulfilment, context });

const members = { deciders: [tally], projections: [] };

/** Each place of a schema: how a message names it, and a domain that has the schema there. */
const places = {
  command: ['command Write of book', (command: z.ZodType) => defineDomain({ ...members, deciders: [book({ command })] })],
  event: ['event Written', (event: z.ZodType) => defineDomain({ ...members, deciders: [book({ event })] })],
  document: [
    'document of tally-total@1',
    (document: z.ZodType) => defineDomain({ ...members, projections: [{ ...tallyTotal, document }] }),
  ],
  context: [
    'context of saga fulfilment',
    (context: z.ZodType) => defineDomain({ ...members, deciders: [order, payment, stock], sagas: [saga(context)] }),
  ],
  published: [
    'integration event Added.v1 of tallies',
    (published: z.ZodType) => defineDomain({ ...members, publications: [{ ...tallyPublication, publishes: { 'Added.v1': published } }] }),
  ],
} as const;
type Name = keyof typeof places;
const names = Object.keys(places) as Name[];
const stored = names.filter((name) => name !== 'command');

/** What `defineDomain` says of the schema; `undefined` if it takes it. */
const saidOf = (name: Name, schema: z.ZodType): string | undefined => {
  try {
    places[name][1](schema);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};
const refusal = (name: Name, text: string): string => `domain: ${places[name][0]}: ${text}`;

class Money {
  readonly cents = 1;
}
const fields = z.object({ a: z.string(), b: z.int() });
const tree: z.ZodType = z.object({ name: z.string(), parts: z.array(z.lazy(() => tree)) });
const list = z.object({
  name: z.string(),
  get rest() {
    return list.optional();
  },
});
const endless = (): z.ZodType => z.object({ name: z.string(), left: z.lazy(() => endless()), right: z.lazy(() => endless()) });

const taken: Readonly<Record<string, z.ZodType>> = {
  string: z.string(),
  'the formats of a string': z.tuple([
    z.email(),
    z.uuid(),
    z.url(),
    z.ipv4(),
    z.base64(),
    z.e164(),
    z.iban(),
    z.hash('sha256'),
    z.hostname(),
  ]),
  'ISO times': z.tuple([z.iso.datetime(), z.iso.date(), z.iso.time(), z.iso.duration()]),
  number: z.number().min(1),
  'the formats of a number': z.tuple([z.int(), z.int32(), z.uint32(), z.float32(), z.float64()]),
  boolean: z.boolean(),
  null: z.null(),
  any: z.any(),
  unknown: z.unknown(),
  'any JSON': z.json(),
  never: z.object({ no: z.never().optional() }),
  literal: z.literal(['a', 1, true, null]),
  enum: z.enum(['a', 'b']),
  'enum of numbers': z.enum({ A: 0, B: 1 }),
  'template literal': z.templateLiteral(['a-', z.int()]),
  array: z.array(z.string()),
  tuple: z.tuple([z.string(), z.int().exactOptional()], z.boolean()),
  object: fields,
  'strict object': z.strictObject({ a: z.string() }),
  'loose object': z.looseObject({ a: z.string() }),
  'object with a catchall': fields.catchall(z.string()),
  record: z.record(z.string(), z.int()),
  'record of numbers': z.record(z.int(), z.int().optional()),
  'partial record': z.partialRecord(z.enum(['a', 'b']), z.int()),
  'loose record': z.looseRecord(z.string().regex(/^x/), z.int()),
  union: z.union([z.string(), z.int()]),
  'exclusive union': z.xor([z.string(), z.int()]),
  'discriminated union': z.discriminatedUnion('a', [z.object({ a: z.literal(1) }), z.object({ a: z.literal(2) })]),
  intersection: z.object({ a: z.string() }).and(z.object({ b: z.string() })),
  optional: z.object({ a: z.string().optional() }),
  'exact optional': z.object({ a: z.string().exactOptional() }),
  nullable: z.array(z.string().nullable()),
  nonoptional: z.array(z.string().optional().nonoptional()),
  readonly: fields.readonly(),
  lazy: tree,
  'lazy without end': endless(),
  'an object that refers to itself': list,
  coerced: z.tuple([z.coerce.string(), z.coerce.number(), z.coerce.boolean()]),
  'pipe without a transformation': z.string().pipe(z.email()),
  refined: z.string().refine((text) => text !== ''),
  'refined at will': z.string().superRefine(() => {}),
  trimmed: z.string().trim().toLowerCase().normalize(),
  rounded: z.number().overwrite(Math.round),
  sorted: z.array(z.string()).overwrite((items) => items.toSorted()),
  'overwritten in a way that cannot be tried': z.object({ a: z.string() }).overwrite((data) => data),
  default: z.string().default('none'),
  'default that a function makes': z.array(z.string()).default(() => []),
  'default of an object, in another order': fields.default({ b: 1, a: '' }),
  'default that a list is filled with': z.array(z.string().optional().default('')),
  'optional default': z.string().default('none').optional(),
  prefault: z.object({ a: z.string().default('x') }).prefault({}),
  catch: z.string().catch('none'),
};

describe('a domain takes a schema that is', () => {
  test.each(Object.entries(taken))('%s', (_, schema) => {
    for (const name of names) expect([name, saidOf(name, schema)]).toEqual([name, undefined]);
    for (const name of names) expect([name, saidOf(name, z.object({ inside: schema }))]).toEqual([name, undefined]);
  });
});

const noType = 'which JSON has no type for';
const refused: Readonly<Record<string, readonly [z.ZodType, string]>> = {
  'a date': [z.date(), `is a Date, ${noType}: use z.iso.datetime()`],
  'a coerced date': [z.coerce.date(), `is a Date, ${noType}: use z.iso.datetime()`],
  'a bigint': [z.bigint(), `is a bigint, ${noType}: use z.int(), or z.string() beyond 2^53`],
  'a bigint of 64 bits': [z.int64(), `is a bigint, ${noType}: use z.int(), or z.string() beyond 2^53`],
  'a coerced bigint': [z.coerce.bigint(), `is a bigint, ${noType}: use z.int(), or z.string() beyond 2^53`],
  'a symbol': [z.symbol(), `is a symbol, ${noType}: use z.enum() or z.string()`],
  undefined: [z.undefined(), `is undefined, ${noType}: leave the field out, or give it .optional()`],
  void: [z.void(), `is undefined, ${noType}: leave the field out, or give it .optional()`],
  NaN: [z.nan(), `is NaN, ${noType}: use z.null()`],
  'a map': [z.map(z.string(), z.int()), `is a Map, ${noType}: use z.record()`],
  'a set': [z.set(z.string()), `is a Set, ${noType}: use z.array()`],
  'a file': [z.file(), `is a File, ${noType}: store it elsewhere, and its address here: z.url()`],
  'a function': [z.function(), `is a function, ${noType}: use the schema of what it returns`],
  'a promise': [z.promise(z.string()), `is a promise, ${noType}: use the schema of what it resolves to`],
  'an instance': [z.instanceof(Money), `is an instance of Money, ${noType}: use z.object() with its fields`],
  'a literal bigint': [z.literal(['a', 1n]), 'can be 1, a bigint, which JSON has no value for: use another literal'],
  'a literal that is undefined': [z.literal(undefined), 'can be undefined, which JSON has no value for: use another literal'],
  'a literal that is NaN': [z.literal(Number.NaN), 'can be NaN, which JSON has no value for: use another literal'],
  'a field without a name': [
    z.object({ [Symbol('a')]: z.string() }),
    'has a field that a symbol names, and JSON has no such names: use a string',
  ],
  success: [z.success(z.string()), 'is z.success(), which does not accept its own result: use z.boolean()'],
  'a default that throws': [
    z.string().default(() => {
      throw new Error('no');
    }),
    'has a default that cannot be computed (no): use a constant',
  ],
  'a default that JSON does not have': [z.any().default(new Date(0)), 'has a default that JSON has no form for: use plain JSON'],
  'a default with a part that JSON does not have': [
    z.any().default({ a: [1n] }),
    'has a default that JSON has no form for: use plain JSON',
  ],
  'a prefault that JSON does not have': [z.any().prefault(() => Infinity), 'has a default that JSON has no form for: use plain JSON'],
  'a default that its schema refuses': [
    z.string().min(1).default(''),
    'has the default "", which its own schema refuses or changes: change one of them, or use .prefault()',
  ],
  'a default that its schema changes': [
    z.object({ a: z.string().default('x') }).default({} as { a: string }),
    'has the default {}, which its own schema refuses or changes: change one of them, or use .prefault()',
  ],
  'a prefault that its schema refuses': [
    z.string().min(1).prefault(''),
    'has the prefault "", which its own schema refuses: change one of them',
  ],
  'an asynchronous check': [
    z.string().refine(async () => true),
    'has an asynchronous check, and data are checked at once: use a synchronous check',
  ],
  'a catch that depends on what it catches': [
    z.string().catch(({ input }) => String(input)),
    'has a catch that depends on what it catches: use a constant',
  ],
};

describe('no place of a domain takes', () => {
  test.each(Object.entries(refused))('%s', (_, [schema, fault]) => {
    for (const name of names) {
      expect(saidOf(name, schema)).toBe(refusal(name, `the data ${fault}`));
      expect(saidOf(name, z.object({ placed: z.object({ at: schema }) }))).toBe(refusal(name, `placed.at ${fault}`));
    }
  });

  const ways: Readonly<Record<Name, string>> = {
    command: 'and again where a saga sends the result: use the schema of the result, and change the data in decide',
    event: 'and again each time the event is read: use the schema of the result, and change the data in decide',
    document: 'and again each time the document is read: use the schema of the result, and change the data in evolve',
    context: 'and again in each step: use the schema of the result, and change the data in the context of startsOn',
    published: 'and again by each reader: use the schema of the result, and change the data in map',
  };
  test.each<[string, z.ZodType, string]>([
    ['a transformation', z.string().transform(Number), 'is transformed'],
    ['a bare transformation', z.transform(String), 'is transformed'],
    ['what is preprocessed', z.preprocess(String, z.string()), 'is transformed'],
    ['a transformation of a transformation', z.string().pipe(z.transform(Number)).pipe(z.number()), 'is transformed'],
    [
      'a codec',
      z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }),
      'is decoded',
    ],
    ['a boolean in words', z.stringbool(), 'is decoded'],
    ['what each pass overwrites', z.string().overwrite((text) => `${text}!`), 'is overwritten'],
    ['a number that each pass overwrites', z.number().overwrite((number) => number + 1), 'is overwritten'],
    ['a list that each pass overwrites', z.array(z.int()).overwrite((items) => [...items, 1]), 'is overwritten'],
    ['what the clock overwrites', z.string().overwrite(() => new Date().toISOString()), 'is overwritten'],
  ])('%s', (_, schema, fault) => {
    for (const name of names) expect(saidOf(name, z.object({ at: schema }))).toBe(refusal(name, `at ${fault}, ${ways[name]}`));
  });

  const remedies: Readonly<Record<Name, string>> = {
    command: 'so a repeated request would be another one: let the client send the value',
    event: 'so each reader would read another value: take it from the command; the time is recordedAt in the metadata',
    document: 'so each reader would read another value: take it from the event or its metadata',
    context: 'so each step would read another value: take it from the event or its metadata',
    published: 'so each reader would read another value: take it from the event or its metadata',
  };
  let count = 0;
  test.each<[string, z.ZodType]>([
    ['the time', z.number().default(() => Date.now())],
    ['the time as text', z.string().default(() => new Date().toISOString())],
    ['the time in words', z.string().default(() => Date())],
    ['the day', z.string().default(() => new Date().toISOString().slice(0, 10))],
    ['the weekday', z.number().default(() => new Date().getDay())],
    ['a new id', z.string().default(() => crypto.randomUUID())],
    ['chance', z.number().default(() => Math.floor(Math.random() * 2))],
    ['a counter', z.number().default(() => ++count)],
    ['a prefault of the time', z.number().prefault(() => Date.now())],
    ['a catch of the time', z.number().catch(() => Date.now())],
  ])('a default that is %s', (title, schema) => {
    const what = title.startsWith('a catch') ? 'catch' : 'default';
    for (const name of names)
      expect(saidOf(name, z.object({ at: schema }))).toBe(
        refusal(name, `at has a ${what} that differs from call to call, ${remedies[name]}`),
      );
  });
});

describe('a command may have', () => {
  test('a type of its own, which the data that are stored may not have', () => {
    const schema = z.object({ a: z.custom<`${number}px`>((value) => /^\d+px$/.test(value as string)) });
    expect(saidOf('command', schema)).toBeUndefined();
    const fault =
      'a is a custom type, so a later release cannot compare its shape: use the schema of its JSON, with .refine() for the rule';
    for (const name of stored) expect(saidOf(name, schema)).toBe(refusal(name, fault));
  });

  test.each<[string, z.ZodType, string]>([
    ['a list of what may be undefined', z.array(z.string().optional()), 'a[]'],
    ['a tuple of what may be undefined', z.tuple([z.int(), z.string().optional()]), 'a[1]'],
    ['the rest of a tuple that may be undefined', z.tuple([z.int()], z.string().optional()), 'a[]'],
    ['such a list in other words', z.array(z.union([z.int(), z.string().optional().nullable().readonly()])), 'a[]'],
  ])('%s: the JSON of a client has no undefined', (_, schema, path) => {
    expect(saidOf('command', z.object({ a: schema }))).toBeUndefined();
    const fault = `${path} may be undefined, which JSON writes as null in a list: use .nullable(), or .exactOptional() at the end of a tuple`;
    for (const name of stored) expect(saidOf(name, z.object({ a: schema }))).toBe(refusal(name, fault));
  });
});

describe('the path of a fault goes through', () => {
  const part = z.date();
  test.each<[string, z.ZodType, string]>([
    ['lists', z.object({ lines: z.array(z.object({ at: part })) }), 'lines[].at'],
    ['a list at the top', z.array(part), '[]'],
    ['tuples', z.object({ pair: z.tuple([z.string(), part], z.string()) }), 'pair[1]'],
    ['the rest of a tuple', z.object({ pair: z.tuple([z.string()], part) }), 'pair[]'],
    ['records', z.object({ times: z.record(z.string(), part) }), 'times.*'],
    ['the keys of records', z.object({ times: z.record(z.bigint() as never, z.string()) }), 'a key of times'],
    ['catchalls', fields.catchall(part), '*'],
    ['unions', z.object({ at: z.union([z.string(), part]) }), 'at'],
    ['intersections', z.object({ a: z.string() }).and(z.object({ at: part })), 'at'],
    ['wrappers', z.object({ at: part.optional().nullable().readonly().nonoptional() }), 'at'],
    ['defaults', z.object({ at: part.default(new Date(0)) }), 'at'],
    ['prefaults', z.object({ at: part.prefault(new Date(0)) }), 'at'],
    ['catches', z.object({ at: part.catch(new Date(0)) }), 'at'],
    ['pipes, in', z.object({ at: part.pipe(z.any()) }), 'at'],
    ['pipes, out', z.object({ at: z.any().pipe(part) }), 'at'],
    ['lazy schemas', z.object({ at: z.lazy(() => part) }), 'at'],
    ['a schema that was seen elsewhere', z.object({ a: fields, b: z.array(fields), c: part }), 'c'],
  ])('%s', (_, schema, path) => {
    for (const name of names) expect(saidOf(name, schema)).toContain(`: ${path} is a `);
  });

  test('a schema that was a field before it is an item', () => {
    const maybe = z.union([z.string().optional(), z.int()]);
    expect(saidOf('event', z.object({ a: maybe, b: z.array(maybe) }))).toContain(': b[] may be undefined');
  });
});

test('the first message of the domain, whole', () => {
  const events = { OrderPlaced: z.object({ placedAt: z.date() }) };
  const order = defineDecider({
    name: 'order',
    commands: {},
    events,
    initialState: () => ({}),
    decide: {},
    evolve: { OrderPlaced: (state) => state },
  });
  expect(() => defineDomain({ deciders: [order], projections: [] })).toThrow(
    new Error('domain: event OrderPlaced: placedAt is a Date, which JSON has no type for: use z.iso.datetime()'),
  );
});

test('an older version of an event may be read in any way: nothing is written in its shape', () => {
  const older = z.object({ on: z.string().transform((text) => text.slice(0, 10)) });
  expect(saidOf('event', versioned(z.object({ on: z.string() }), { 1: { from: older, to: (data) => data } }))).toBeUndefined();
  const fault = refusal('event', 'on is a Date, which JSON has no type for: use z.iso.datetime()');
  expect(saidOf('event', versioned(z.object({ on: z.date() }) as z.ZodType, { 1: { from: older, to: (data) => data } }))).toBe(fault);
});

test('the clock and chance are as before', () => {
  const before = [Date, Math, Date.now, Math.random];
  saidOf('event', z.object({ a: z.number().default(() => Date.now()), b: z.number().default(() => Math.random()) }));
  saidOf(
    'event',
    z.string().default(() => JSON.parse('{')),
  );
  expect([Date, Math, Date.now, Math.random]).toEqual(before);
});
