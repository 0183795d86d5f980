import * as z from 'zod';
import { jsonSchemaOf } from '../basics/json-schema.ts';
import { inOrder } from '../basics/same-json.ts';
import { formerTypes, storedTypes } from '../log/former.ts';
import { currentVersion } from '../log/upcasting.ts';
import type { Domain } from '../registry/domain.ts';
import type { JsonSchema } from './bounds.ts';
import type { EventLock, SchemaLock } from './lock.ts';
import { samplesOf } from './samples.ts';

/** Samples of stored events, by type and schema version. Each is the JSON text of the event's data. */
export type SampleEvents = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** JSON with the keys in order, so that equal values have the same text. */
export const jsonText = (value: unknown): string => inOrder(value) ?? 'null';

/** Data as the log would keep them, or undefined if the schema refuses them. */
type Fits = (data: unknown) => unknown;

/**
 * Samples of every stored version of these event types. The current version is sampled and checked with its schema in the code, older
 * versions with their shape in the lock. A version without a possible sample has an empty list.
 */
export const sampleEvents = ({ deciders }: Domain, locked: SchemaLock, types: ReadonlySet<string>): SampleEvents =>
  Object.fromEntries(
    deciders
      .flatMap(({ name, events }) =>
        storedTypes(events).map(([type, schema]) => ({
          type,
          schema,
          lock: locked[name]?.events[type],
          isFormer: formerTypes(events).some(([one]) => one === type),
        })),
      )
      .filter(({ type }) => types.has(type))
      .map(({ type, schema, lock, isFormer }) => [type, isFormer ? samplesOfOlder(lock) : samplesOfVersions(schema, lock)]),
  );

const samplesOfVersions = (schema: z.ZodType, lock: EventLock = {}): SampleEvents[string] => {
  const current = currentVersion(schema);
  const older = Object.entries(lock).filter(([version]) => Number(version) < current);
  return {
    ...samplesOfOlder(Object.fromEntries(older)),
    [current]: textsOf(jsonSchemaOf(schema, { io: 'input' }), (data) => schema.safeParse(data).data),
  };
};

const samplesOfOlder = (lock: EventLock = {}): SampleEvents[string] =>
  Object.fromEntries(Object.entries(lock).map(([version, shape]) => [version, textsOf(shape, fitsShape(shape))]));

/** Refinements are code, and the code of an older version may be gone. So a shape with refinements is tried with its `examples` only. */
const fitsShape = (shape: JsonSchema): Fits => {
  const text = JSON.stringify(shape);
  if (text.includes('"x-checks":') && !text.includes('"examples":')) return () => undefined;
  const schema = z.fromJSONSchema(shape as Parameters<typeof z.fromJSONSchema>[0]);
  return (data) => schema.safeParse(data).data;
};

const textsOf = (shape: JsonSchema, fits: Fits): readonly string[] => {
  const samples = samplesOf(shape).filter((data) => fits(data) !== undefined);
  const [first] = samples;
  const all = first === undefined ? [] : [distinctive(first, fits), ...samples];
  return [...new Set(all.map((data) => jsonText(fits(data))))];
};

/**
 * A sample in which no two fields have the same value, as far as the schema allows it. Otherwise a row that reads the wrong field would
 * make the same document. A text is the path of its field, so that a field has the same text in all events: documents of many streams meet.
 */
const distinctive = (sample: unknown, fits: Fits): unknown =>
  leavesOf(sample).reduce<unknown>((best, { path, value }, index) => {
    const tries = valuesFor(value, path, index).map((other) => replaced(best, path, other));
    return tries.find((one) => fits(one) !== undefined) ?? best;
  }, sample);

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

const leavesOf = (value: unknown, path: readonly string[] = []): readonly Leaf[] =>
  value === null || typeof value !== 'object'
    ? [{ path, value }]
    : Object.entries(value).flatMap(([name, part]) => leavesOf(part, [...path, name]));

const valuesFor = (value: unknown, path: readonly string[], index: number): readonly unknown[] => {
  if (typeof value === 'number') return [101 + index, value + index, value + index / 100];
  if (typeof value !== 'string') return [];
  const name = path.join('.');
  const digits = String(index + 1).padStart(2, '0');
  return [name, path.at(-1), `${name}@example.com`, `https://example.com/${name}`, value.replace(/\d\d(?=\D*$)/, digits)];
};

const replaced = (value: unknown, [name, ...rest]: readonly string[], leaf: unknown): unknown => {
  if (name === undefined) return leaf;
  if (Array.isArray(value)) return value.with(Number(name), replaced(value[Number(name)], rest, leaf));
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [name]: replaced(fields[name], rest, leaf) };
};
