import type { JsonSchema } from './bounds.ts';

const maxSamples = 12;
const maxDepth = 5;

/**
 * Sample data for a schema, the same in every run: its `examples` if it has some, otherwise simple values and the edges. The samples ignore
 * patterns and refinements, so the caller must check that they fit.
 */
export const samplesOf = (schema: JsonSchema): readonly unknown[] => distinct(sample(schema, { root: schema, depth: 0 }));

const distinct = (values: readonly unknown[]): readonly unknown[] =>
  [...new Map(values.map((value) => [JSON.stringify(value), value])).values()].slice(0, maxSamples);

interface Place {
  readonly root: JsonSchema;
  readonly depth: number;
}

const sample = (schema: JsonSchema, place: Place): readonly unknown[] => {
  const { examples, enum: values, const: constant, $ref: reference, anyOf, oneOf, type } = schema;
  const inside = { ...place, depth: place.depth + 1 };
  if (Array.isArray(examples)) return examples;
  if (Array.isArray(values)) return values;
  if (constant !== undefined) return [constant];
  if (inside.depth > maxDepth) return [];
  if (typeof reference === 'string') return sample(definition(place.root, reference), inside);
  const alternatives = (anyOf ?? oneOf) as readonly JsonSchema[] | undefined;
  if (alternatives !== undefined) return distinct(alternatives.flatMap((one) => sample(one, inside)));
  return distinct([type ?? 'string'].flat().flatMap((one) => ofType[String(one)]?.(schema, inside) ?? []));
};

const definition = (root: JsonSchema, reference: string): JsonSchema =>
  reference === '#' ? root : (((root['$defs'] ?? {}) as Readonly<Record<string, JsonSchema>>)[reference.replace('#/$defs/', '')] ?? {});

const ofType: Readonly<Record<string, (schema: JsonSchema, place: Place) => readonly unknown[]>> = {
  string: ({ format, minLength = 0, maxLength = 64 }) => {
    const known = formats[String(format)];
    if (known !== undefined) return [known];
    const length = Math.min(Math.max(Number(minLength), 3), Number(maxLength));
    return ['sample'.repeat(length).slice(0, length), ...(Number(minLength) === 0 ? [''] : [])];
  },
  integer: (schema) => numbers(schema).filter(Number.isInteger),
  number: (schema) => numbers(schema),
  boolean: () => [true, false],
  null: () => [null],
  array: (schema, place) => lists(schema, place),
  object: (schema, place) => objects(schema, place),
};

const formats: Readonly<Record<string, string>> = {
  'date-time': '2001-02-03T04:05:06.789Z',
  date: '2001-02-03',
  time: '04:05:06',
  duration: 'P1D',
  email: 'ada@example.com',
  uuid: '6f1c1a2e-1df4-4c52-9d2e-0f6f0f6b1a11',
  uri: 'https://example.com/',
};

/** Numbers within the bounds: near the lower bound, some in between, and the upper bound unless it is very large. */
const numbers = ({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf = 1 }: JsonSchema): readonly number[] => {
  const low = Number(minimum ?? exclusiveMinimum ?? 0);
  const high = Number(maximum ?? exclusiveMaximum ?? Number.MAX_SAFE_INTEGER);
  const from = Math.max(low, -1000);
  const step = Number(multipleOf);
  const found = [from, from + step, from + 7 * step, from + 1000 * step, ...(high < 1e9 ? [high] : [])];
  return found.filter((value) => value >= low && value <= high && value !== exclusiveMinimum && value !== exclusiveMaximum);
};

const lists = ({ items, prefixItems, minItems = 0 }: JsonSchema, place: Place): readonly unknown[] => {
  const first = (schema: unknown): readonly unknown[] =>
    typeof schema === 'object' ? sample(schema as JsonSchema, place).slice(0, 1) : [];
  if (Array.isArray(prefixItems)) return [prefixItems.flatMap(first)];
  const parts = typeof items === 'object' ? sample(items as JsonSchema, place) : ['sample'];
  const filled =
    parts.length === 0 ? [] : [Array.from({ length: Math.max(Number(minItems), 2) }, (_, index) => parts[index % parts.length])];
  return [...filled, ...(Number(minItems) === 0 ? [[]] : [])];
};

/** Objects with all fields, with the required fields only, and with each further sample of each field. */
const objects = ({ properties = {}, required = [], additionalProperties }: JsonSchema, place: Place): readonly unknown[] => {
  const samples = Object.entries(properties as Readonly<Record<string, JsonSchema>>).map(
    ([name, part]) => [name, sample(part, place)] as const,
  );
  const full = samples.flatMap(([name, [first]]) => (first === undefined ? [] : [[name, first] as const]));
  const bare = full.filter(([name]) => (required as readonly string[]).includes(name));
  const varied = samples.flatMap(([name, [, ...others]]) => others.map((other) => [...full, [name, other] as const]));
  const extra = typeof additionalProperties === 'object' ? sample(additionalProperties as JsonSchema, place).slice(0, 1) : [];
  return [...[full, bare, ...varied].map(Object.fromEntries), ...extra.map((value) => ({ ...Object.fromEntries(full), extra: value }))];
};
