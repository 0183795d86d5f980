import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import { names, refusal, saidOf, stored } from '../../test/support/schema-places.ts';
import { jsonSchemaOf } from '../basics/json-schema.ts';
import { samplesOf } from '../schema-lock/samples.ts';
import { defineDecider } from '../write/decider.ts';
import { defineDomain } from './domain.ts';
import { faultIn } from './storable.ts';

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

describe('what a domain takes survives JSON and is read unchanged:', () => {
  /** Every sample of the schema that fits it, as it is recorded. */
  const recordedOf = (schema: z.ZodType): readonly unknown[] =>
    samplesOf(jsonSchemaOf(schema, { io: 'input' })).flatMap((sample) => {
      const { success, data } = schema.safeParse(sample);
      return success ? [data] : [];
    });
  const survives = (schema: z.ZodType): void => {
    for (const data of recordedOf(schema)) expect(schema.parse(JSON.parse(JSON.stringify(data)))).toEqual(data);
  };

  test.each(Object.entries(taken))('%s', (_, schema) => survives(z.object({ inside: schema, maybe: schema.optional() })));

  const leaves: readonly z.ZodType[] = [
    ...[
      z.string(),
      z.int(),
      z.boolean(),
      z.null(),
      z.json(),
      z.enum(['a', 'b']),
      z.string().trim(),
      z.string().default('a'),
      z.int().catch(7),
    ],
    ...[z.coerce.date(), z.stringbool(), z.string().transform((text) => `${text}!`), z.coerce.bigint(), z.string().min(9).default('')],
    ...[z.undefined(), z.preprocess(() => new Set([1]), z.set(z.int())), z.string().overwrite((text) => `${text}!`)],
  ];
  const { schema } = fc.letrec<{ schema: z.ZodType }>((tie) => ({
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...leaves),
      tie('schema').map((inner) => z.array(inner)),
      tie('schema').map((inner) => inner.optional()),
      tie('schema').map((inner) => inner.nullable().readonly()),
      tie('schema').map((inner) => z.record(z.string(), inner)),
      tie('schema').map((inner) => z.lazy(() => inner)),
      fc.tuple(tie('schema'), tie('schema')).map(([a, b]) => z.object({ a, b })),
      fc.tuple(tie('schema'), tie('schema')).map(([a, b]) => z.union([a, b])),
      fc.tuple(tie('schema'), tie('schema')).map(([a, b]) => z.tuple([a, b])),
    ),
  }));
  test('any composition, unless it is refused', () => {
    let takenOnes = 0;
    fc.assert(
      fc.property(schema, (one) => {
        if (faultIn(one, 'event') !== undefined) return;
        takenOnes += 1;
        survives(z.object({ a: one }));
      }),
      { numRuns: 500 },
    );
    expect(takenOnes).toBeGreaterThan(50);
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
