import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { versioned } from '../log/upcasting.ts';
import { type Domain, defineDomain } from '../registry/domain.ts';
import { defineDecider } from '../write/decider.ts';
import { compare, type SchemaFinding } from './comparison.ts';
import { currentShapes, type SchemaLock } from './lock.ts';
import { rehearse, renewed } from './rehearsal.ts';

/** A domain of one aggregate with one event, or with another event beside it. */
const jar = (
  Filled: z.ZodType,
  {
    evolve = (state: { ml: number }) => state as { ml: number },
    revision = 1,
    initialState = () => ({ ml: 0 }),
    others = {},
  }: {
    readonly evolve?: (state: { ml: number }, data: never) => { ml: number };
    readonly revision?: number;
    readonly initialState?: () => { ml: number };
    readonly others?: Readonly<Record<string, z.ZodType>>;
  } = {},
): Domain =>
  defineDomain({
    deciders: [
      defineDecider({
        name: 'jar',
        revision,
        commands: {},
        events: { Filled, ...others },
        initialState,
        decide: {},
        evolve: {
          Filled: evolve as (state: { ml: number }, data: unknown) => { ml: number },
          ...Object.fromEntries(Object.keys(others).map((type) => [type, (state: { ml: number }) => state])),
        },
      }),
    ],
    projections: [],
  });

const nothing: Domain = { deciders: [], projections: [] };
const lockOf = (domain: Domain, before: SchemaLock = {}): SchemaLock => renewed(before, currentShapes(domain, String), domain, String);
const findings = (locked: SchemaLock, domain: Domain): readonly SchemaFinding[] => [
  ...compare(locked, currentShapes(domain, String)),
  ...rehearse(locked, domain, String),
];
const said = (locked: SchemaLock, domain: Domain): readonly string[] =>
  findings(locked, domain).map(({ severity, path, change }) => `${severity}: ${path} ${change}`);

const filled = z.object({ ml: z.int().min(1).max(500), note: z.string().optional() });
const locked = lockOf(jar(filled));
const renamed = z.object({ milliliters: z.int(), note: z.string().optional() });
const upcaster = { from: filled, to: ({ ml, ...rest }: z.output<typeof filled>) => ({ ...rest, milliliters: ml }) };

describe('a change of an event that is stored', () => {
  test.each<[string, z.ZodType, readonly string[]]>([
    ['none', z.object({ note: z.string().optional(), ml: z.int().min(1).max(500) }), []],
    ['words only', filled.describe('what went in'), []],
    ['an optional field is added', filled.extend({ by: z.string().optional() }), ['compatible: jar.Filled.by added, optional']],
    ['a field with a default is added', filled.extend({ by: z.string().default('me') }), ['compatible: jar.Filled.by added, optional']],
    ['a required field is added', filled.extend({ by: z.string() }), ['incompatible: jar.Filled.by added, required']],
    ['a field is removed', filled.omit({ note: true }), ['incompatible: jar.Filled.note removed']],
    ['a field is renamed', renamed, ['incompatible: jar.Filled.ml removed', 'incompatible: jar.Filled.milliliters added, required']],
    ['a field gets another type', filled.extend({ ml: z.string() }), ['incompatible: jar.Filled.ml has another type']],
    ['an optional field is required', filled.required(), ['incompatible: jar.Filled.note is required now']],
    ['a required field is optional', filled.partial(), ['compatible: jar.Filled.ml is optional now']],
    ['a limit is raised', filled.extend({ ml: z.int().min(1).max(900) }), ['compatible: jar.Filled.ml maximum changed']],
    ['a limit is lowered', filled.extend({ ml: z.int().min(1).max(400) }), ['incompatible: jar.Filled.ml maximum changed']],
    ['a lower limit is raised', filled.extend({ ml: z.int().min(2).max(500) }), ['incompatible: jar.Filled.ml minimum changed']],
    ['whole numbers become any', filled.extend({ ml: z.number().min(1).max(500) }), ['compatible: jar.Filled.ml takes more types']],
    [
      'null is taken, too',
      filled.extend({ ml: z.int().min(1).max(500).nullable() }),
      ['compatible: jar.Filled.ml takes more kinds of data'],
    ],
    [
      'another kind is taken, too',
      filled.extend({ ml: z.union([z.int().min(1).max(500), z.object({ oz: z.int() })]) }),
      ['compatible: jar.Filled.ml takes more kinds of data'],
    ],
    ['a pattern is added', filled.extend({ note: z.string().regex(/a/).optional() }), ['incompatible: jar.Filled.note pattern changed']],
    ['other fields are refused', filled.strict(), ['incompatible: jar.Filled.* fields that are not named are treated differently']],
    ['other fields are kept', filled.loose(), ['compatible: jar.Filled.* fields that are not named are treated differently']],
    ['a refinement is added', filled.refine(({ ml }) => ml !== 13), ['incompatible: jar.Filled its refinements changed']],
    ['it is replaced by another shape', z.array(z.string()), ['incompatible: jar.Filled has another type']],
  ])('%s', (_, schema, expected) => {
    expect(said(locked, jar(schema)).filter((line) => !line.includes('cannot be read'))).toEqual(expected);
  });

  test('deep inside', () => {
    const deep = (part: z.ZodType) =>
      jar(z.object({ lines: z.array(z.object({ part })), pair: z.tuple([z.string(), z.int()]).optional() }));
    const before = lockOf(deep(z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), cents: z.int() })])));
    const after = deep(z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), cents: z.string() })]));
    expect(said(before, after)[0]).toBe('incompatible: jar.Filled.lines[].part(0).cents has another type');
  });

  test('of allowed values', () => {
    const before = lockOf(jar(z.object({ size: z.enum(['s', 'm']), kind: z.literal('x') })));
    const size = (values: readonly [string, ...string[]]) => jar(z.object({ size: z.enum(values), kind: z.literal(['x', 'y']) }));
    expect(said(before, size(['s', 'm', 'l']))).toEqual([
      'compatible: jar.Filled.size enum changed',
      'compatible: jar.Filled.kind enum changed',
    ]);
    expect(said(before, size(['s', 'l']))[0]).toBe('incompatible: jar.Filled.size enum changed');
  });

  test('where any field was kept, even an optional one may meet other data under its name', () => {
    const open = z.looseObject({ ml: z.int() });
    expect(said(lockOf(jar(open)), jar(open.extend({ by: z.string().optional() })))).toEqual([
      'incompatible: jar.Filled.by added to an object that kept any field',
    ]);
  });

  test('is told with the field, what breaks and the remedy', () => {
    expect(findings(locked, jar(renamed))[0]).toEqual({
      severity: 'incompatible',
      path: 'jar.Filled.ml',
      change: 'removed',
      before: { type: 'integer', minimum: 1, maximum: 500 },
      breaks: 'a stored Filled of version 1 may not fit, or may lose data',
      remedy: expect.stringMatching(/versioned\(schema, \{ …, 1: \{ from: oldSchema, to: \(data\) => … \} \}\)/),
    });
  });
});

describe('versions', () => {
  const second = jar(versioned(renamed, { 1: upcaster }));

  test('a new one with an upcaster is fine, and to be recorded', () => {
    expect(said(locked, second)).toEqual(['compatible: jar.Filled is at version 2']);
  });

  test('are all kept in the lock, and nothing is left to say', () => {
    const lock = lockOf(second, locked);
    expect(Object.keys(lock['jar']?.events['Filled'] ?? {})).toEqual(['1', '2']);
    expect(said(lock, second)).toEqual([]);
  });

  test('a version that is read and not yet recorded is in the lock, and a release that records it then is fine', () => {
    const reads = jar(
      versioned(renamed, { 1: upcaster }, { writes: 1, back: ({ milliliters, ...rest }) => ({ ...rest, ml: milliliters }) }),
    );
    expect(said(locked, reads)).toEqual(['compatible: jar.Filled is at version 2']);
    const lock = lockOf(reads, locked);
    expect(lock['jar']?.writes).toEqual({ Filled: 1 });
    expect(Object.keys(lock['jar']?.events['Filled'] ?? {})).toEqual(['1', '2']);
    expect(said(lock, reads)).toEqual([]);
    expect(said(lock, second)).toEqual(['compatible: jar.Filled is recorded as version 2, and no longer as version 1']);
    expect(said(lockOf(second, lock), reads)).toEqual(['compatible: jar.Filled is recorded as version 1, and no longer as version 2']);
    expect(said(lock, jar(renamed))).toContain('incompatible: jar.Filled is at version 1, but version 2 is stored');
  });

  test('a lock of a domain that records the newest versions has no word of it', () => {
    expect(lockOf(second, locked)['jar']).not.toHaveProperty('writes');
  });

  test('an upcaster that is gone is missed', () => {
    const lock = lockOf(second, locked);
    expect(said(lock, jar(renamed))).toContain('incompatible: jar.Filled is at version 1, but version 2 is stored');
    // @ts-expect-error the compiler misses it, too
    const third = jar(versioned(renamed, { 2: { from: renamed, to: (data) => data } }));
    expect(said(lock, third)).toContain(
      'incompatible: jar.Filled@1 cannot be read: a sample: Filled has no upcaster from schema version 1 to 2',
    );
  });

  test('an upcaster that makes what does not fit is found by trying', () => {
    const [, lifted] = said(locked, jar(versioned(renamed, { 1: { from: filled, to: ({ ml }) => ({ milliliters: -ml - 0.5 }) } })));
    expect(lifted).toMatch(/^incompatible: jar\.Filled@1 cannot be read: .*milliliters/);
  });

  test('an older schema that is not as it was is found by trying', () => {
    const narrower = { ...upcaster, from: filled.extend({ ml: z.int().min(10).max(500) }) };
    expect(said(locked, jar(versioned(renamed, { 1: narrower })))[1]).toMatch(
      /^incompatible: jar\.Filled@1 cannot be read: .*from schema version 1 failed.*Filled of version 1: ml/,
    );
  });

  test('none is left out', () => {
    expect(said(locked, jar(versioned(renamed, { 1: upcaster, 2: { from: renamed, to: (data) => data } })))).toContain(
      'incompatible: jar.Filled goes from version 1 to 3 at once',
    );
  });
});

describe('events and aggregates', () => {
  const both = jar(filled, { others: { Broken: z.object({}) } });

  test('new ones are fine', () => {
    expect(said(locked, both)).toEqual(['compatible: jar.Broken is a new event']);
    expect(said({}, both)).toEqual(['compatible: jar is a new aggregate']);
  });

  test('removed ones are not', () => {
    expect(said(lockOf(both), jar(filled))).toEqual(['incompatible: jar.Broken was removed']);
    expect(said(locked, nothing)).toEqual(['incompatible: jar is no longer in the domain']);
  });

  /** A domain that `defineDomain` has not seen. */
  const unchecked = (Filled: z.ZodType): Domain => ({
    deciders: jar(filled).deciders.map((one) => ({ ...one, events: { Filled } })),
    projections: [],
  });

  test('an event whose stored form could not be read back is refused', () => {
    expect(() => jar(z.object({ at: z.date() }))).toThrow(/^domain: event Filled: at is a Date/);
    const codec = z.codec(z.string(), z.number(), { decode: Number, encode: String });
    expect(() => jar(z.object({ at: codec }))).toThrow(/^domain: event Filled: at is decoded/);
    expect(() => lockOf(unchecked(z.object({ at: codec })))).toThrow(/^jar\.Filled\.at: what is stored does not fit what is read/);
  });

  test('an event that JSON Schema cannot express whole is described as far as possible', () => {
    const twice = z.union([z.string().meta({ id: 'Same' }), z.int().meta({ id: 'Same' })]);
    const { jar: locked } = currentShapes(jar(z.object({ ml: z.int(), of: twice })), String);
    expect(locked?.events['Filled']?.['1']).toMatchObject({ properties: { ml: { type: 'integer' }, of: {} }, required: ['ml', 'of'] });
  });

  test('a check whose source is not visible is told, with its event', () => {
    const check = () => true;
    const sourceOf = (code: unknown): string => {
      if (code === check) throw new Error('the source is not visible');
      return String(code);
    };
    const refined = jar(z.object({ ml: z.int().refine(check) }));
    expect(() => currentShapes(refined, sourceOf)).toThrow(new Error('jar.Filled: the source is not visible'));
  });
});

describe('the fold that snapshots keep', () => {
  const add = (state: { ml: number }, { ml }: { ml: number }) => ({ ml: state.ml + ml });
  const adding = lockOf(jar(filled, { evolve: add }));
  const doubled = { evolve: (state: { ml: number }, { ml }: { ml: number }) => ({ ml: state.ml + 2 * ml }) };

  test('another evolve under the same revision is told, with the remedy', () => {
    const found = findings(adding, jar(filled, doubled));
    expect(found[0]).toMatchObject({ severity: 'incompatible', path: 'jar.evolve.Filled', remedy: expect.stringMatching(/revision: 2/) });
  });

  test('under a higher revision it is fine, and to be recorded', () => {
    expect(said(adding, jar(filled, { ...doubled, revision: 2 }))).toEqual([
      'compatible: jar.revision goes from 1 to 2: states are folded anew',
    ]);
  });

  test('a revision does not go back', () => {
    const second = lockOf(jar(filled, { ...doubled, revision: 2 }), adding);
    expect(said(second, jar(filled, { evolve: add }))).toContain('incompatible: jar.revision goes back from 2 to 1');
  });

  test('another beginning is another fold', () => {
    expect(said(adding, jar(filled, { evolve: add, initialState: () => ({ ml: 7 }) }))[0]).toBe(
      'incompatible: jar.initialState has changed',
    );
  });

  test('what evolve calls is seen by what it does', () => {
    let factor = 1;
    const scaled = { evolve: (state: { ml: number }, { ml }: { ml: number }) => ({ ml: state.ml + factor * ml }) };
    const before = lockOf(jar(filled, scaled));
    expect(said(before, jar(filled, scaled))).toEqual([]);
    factor = 3;
    expect(said(before, jar(filled, scaled))).toEqual([
      expect.stringMatching(/^incompatible: jar\.evolve\.Filled makes another state of Filled@1/),
    ]);
  });
});
