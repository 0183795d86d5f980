import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { type Name, names, refusal, saidOf } from '../../test/support/schema-places.ts';
import { versioned } from '../log/upcasting.ts';

class Money {
  readonly cents = 1;
}
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

test('an older version of an event may be read in any way: nothing is written in its shape', () => {
  const older = z.object({ on: z.string().transform((text) => text.slice(0, 10)) });
  expect(saidOf('event', versioned(z.object({ on: z.string() }), { 1: { from: older, to: (data) => data } }))).toBeUndefined();
  const fault = refusal('event', 'on is a Date, which JSON has no type for: use z.iso.datetime()');
  expect(saidOf('event', versioned(z.object({ on: z.date() }) as z.ZodType, { 1: { from: older, to: (data) => data } }))).toBe(fault);
});

test('an older version that is recorded must be one that can be stored', () => {
  const schema = (older: z.ZodType) =>
    versioned(z.object({ on: z.string() }), { 1: { from: older, to: (data) => data as never } }, { writes: 1, back: (data) => data });
  expect(saidOf('event', schema(z.object({ on: z.string() })))).toBeUndefined();
  expect(saidOf('event', schema(z.object({ on: z.string().transform((text) => text.slice(0, 10)) })))).toMatch(
    /^domain: event [A-Za-z]+, in the version that is recorded.*: on /,
  );
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
