import type * as z from 'zod';
import { isSameJson } from '../basics/same-json.ts';
import { isJson, isUnchanging } from './unchanging.ts';

// The faults of a schema by its type. A type that is not here has none.

/** Where data of a schema stand. All but commands are kept as JSON and read again. */
export type Place = 'command' | 'event' | 'answer' | 'document' | 'context' | 'published';

export type Schema = z.core.$ZodTypes;
type Kind = Schema['_zod']['def']['type'];
type DefOf<K extends Kind> = Extract<Schema['_zod']['def'], { readonly type: K }>;

/** The fault of a schema's type or checks, without those of its parts: what is wrong, why it matters, and the remedy. */
export const faultOfType = (schema: Schema, place: Place, isItem: boolean): string | undefined => {
  const { def, traits } = schema._zod;
  const stray = strays[def.type];
  if (stray !== undefined) return `is ${stray[0]}, which JSON has no type for: ${stray[1]}`;
  if (isItem && place !== 'command' && def.type === 'optional' && !traits.has('$ZodExactOptional'))
    return 'may be undefined, which JSON writes as null in a list: use .nullable(), or .exactOptional() at the end of a tuple';
  return faultByType(schema, place) ?? firstOf(def.checks ?? [], (check) => faultOfCheck(check, def.type, place));
};

const firstOf = <T>(all: readonly T[], fault: (one: T) => string | undefined): string | undefined =>
  all.map(fault).find((one) => one !== undefined);

/** The types that JSON does not have: what each is, and its remedy. */
const strays: { readonly [K in Kind]?: readonly [string, string] } = {
  date: ['a Date', 'use z.iso.datetime()'],
  bigint: ['a bigint', 'use z.int(), or z.string() beyond 2^53'],
  symbol: ['a symbol', 'use z.enum() or z.string()'],
  undefined: ['undefined', 'leave the field out, or give it .optional()'],
  void: ['undefined', 'leave the field out, or give it .optional()'],
  nan: ['NaN', 'use z.null()'],
  map: ['a Map', 'use z.record()'],
  set: ['a Set', 'use z.array()'],
  file: ['a File', 'store it elsewhere, and its address here: z.url()'],
  function: ['a function', 'use the schema of what it returns'],
  promise: ['a promise', 'use the schema of what it resolves to'],
};

const faultByType = (schema: Schema, place: Place): string | undefined => {
  const { def } = schema._zod;
  switch (def.type) {
    case 'custom':
      return faultOfCustom(schema as z.core.$ZodCustom, place);
    case 'literal':
      return firstOf(def.values, faultOfLiteral);
    case 'object':
      if (Object.getOwnPropertySymbols(def.shape).length === 0) return undefined;
      return 'has a field that a symbol names, and JSON has no such names: use a string';
    case 'success':
      return 'is z.success(), which does not accept its own result: use z.boolean()';
    case 'transform':
      return changing('transformed', place);
    case 'pipe':
      if (def.transform !== undefined) return changing('decoded', place);
      return [def.in, def.out].some((one) => one._zod.def.type === 'transform') ? changing('transformed', place) : undefined;
    default:
      return undefined;
  }
};

const faultOfCustom = (schema: z.core.$ZodCustom, place: Place): string | undefined => {
  const { Class } = schema._zod.bag;
  if (Class !== undefined) return `is an instance of ${Class.name}, which JSON has no type for: use z.object() with its fields`;
  if (place === 'command') return faultOfCheck(schema, 'custom', place);
  return 'is a custom type, so a later release cannot compare its shape: use the schema of its JSON, with .refine() for the rule';
};

const faultOfLiteral = (value: unknown): string | undefined => {
  if (isJson(value)) return undefined;
  return `can be ${String(value)}${typeof value === 'bigint' ? ', a bigint' : ''}, which JSON has no value for: use another literal`;
};

const changing = (how: string, place: Place): string =>
  `is ${how}, and again ${again[place]}: use the schema of the result, and change the data in ${before[place]}`;

const again: Readonly<Record<Place, string>> = {
  command: 'where a saga sends the result',
  event: 'each time the event is read',
  answer: 'each time the request is repeated',
  document: 'each time the document is read',
  context: 'in each step',
  published: 'by each reader',
};
const before: Readonly<Record<Place, string>> = {
  command: 'decide',
  event: 'decide',
  answer: 'decide',
  document: 'evolve',
  context: 'the context of startsOn',
  published: 'map',
};

/** The fault of the data that a schema puts in place of data that are missing or do not fit. */
export const faultOfDefault = ({ _zod: { def } }: Schema, place: Place): string | undefined => {
  if (def.type === 'default' || def.type === 'prefault') return faultOfMissing(def, place);
  return def.type === 'catch' ? faultOfCatch(def, place) : undefined;
};

/** A default is recorded as it is. A prefault is parsed first. Both must be the same each time, and read as they were recorded. */
const faultOfMissing = (def: DefOf<'default' | 'prefault'>, place: Place): string | undefined =>
  guarded('default', () => {
    const read = (value: unknown): unknown => (def.innerType as z.ZodType).safeParse(value).data;
    if (def.type === 'prefault' && isJson(def.defaultValue) && read(def.defaultValue) === undefined)
      return `has the prefault ${JSON.stringify(def.defaultValue)}, which its own schema refuses: change one of them`;
    const made = (): unknown => (def.type === 'default' ? def.defaultValue : read(def.defaultValue));
    const fault = faultOfMade('default', made, place);
    if (fault !== undefined || isSameJson(read(made()), made())) return fault;
    return `has the default ${JSON.stringify(def.defaultValue)}, which its own schema refuses or changes: change one of them, or use .prefault()`;
  });

/** The log does not keep the data that did not fit. So what stands in their place must be the same for all data. */
const faultOfCatch = ({ catchValue }: DefOf<'catch'>, place: Place): string | undefined =>
  guarded('catch', () => {
    const caught = (input: unknown): unknown => catchValue({ value: input, input, issues: [], error: { issues: [] } });
    const fault = faultOfMade('catch', () => caught('a'), place);
    if (fault !== undefined || isSameJson(caught('a'), caught(1))) return fault;
    return 'has a catch that depends on what it catches: use a constant';
  });

const faultOfMade = (what: string, made: () => unknown, place: Place): string | undefined => {
  if (!isJson(made())) return `has a ${what} that JSON has no form for: use plain JSON`;
  return isUnchanging(made, isSameJson) ? undefined : `has a ${what} that differs from call to call, ${differing[place]}`;
};

const guarded = (what: string, fault: () => string | undefined): string | undefined => {
  try {
    return fault();
  } catch (error) {
    return `has a ${what} that cannot be computed (${error instanceof Error ? error.message : error}): use a constant`;
  }
};

const elsewhere = 'take it from the event or its metadata';
const differing: Readonly<Record<Place, string>> = {
  command: 'so a repeated request would be another one: let the client send the value',
  event: 'so each reader would read another value: take it from the command; the time is recordedAt in the metadata',
  answer: 'so a repeated request would get another answer: put the value into the answer in decide',
  document: `so each reader would read another value: ${elsewhere}`,
  context: `so each step would read another value: ${elsewhere}`,
  published: `so each reader would read another value: ${elsewhere}`,
};

/** The data are checked at once. A check that changes them, like `.trim()`, must leave its own result unchanged. */
const faultOfCheck = (check: z.core.$ZodCheck<never>, kind: Kind, place: Place): string | undefined => {
  const { fn, tx } = check._zod.def as { readonly fn?: (value: never) => unknown; readonly tx?: (value: unknown) => unknown };
  if (fn?.constructor.name === 'AsyncFunction') return 'has an asynchronous check, and data are checked at once: use a synchronous check';
  return tx === undefined || (samples[kind] ?? []).every((sample) => isSettled(tx, sample)) ? undefined : changing('overwritten', place);
};

const samples: { readonly [K in Kind]?: readonly unknown[] } = {
  string: ['', ' Sample  Straße 1 ', '2001-02-03T04:05:06.789+01:00', '12.50'],
  number: [0, 1, -2.5, 12_345.678],
  array: [[], ['b', 'a', 'b'], [2, 1.5, 2]],
};

/** Whether a change leaves its own result unchanged, at any time. A sample that it fails on shows nothing. */
const isSettled = (change: (value: unknown) => unknown, sample: unknown): boolean => {
  try {
    const once = change(structuredClone(sample));
    return isUnchanging(() => change(structuredClone(once)), isSameJson) && isSameJson(change(structuredClone(once)), once);
  } catch {
    return true;
  }
};
