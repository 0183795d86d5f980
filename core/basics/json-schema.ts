import * as z from 'zod';

/** A schema in the words of JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Writing = Pick<z.core.ToJSONSchemaParams, 'io' | 'target' | 'override'>;

/**
 * A schema as JSON Schema, as far as JSON Schema can express it. A part that it cannot express is `{}`, which accepts everything. So one
 * field, like a `z.custom()` or a `catch` by a function, does not hide the other fields. It never throws.
 */
export const jsonSchemaOf = (schema: z.ZodType, writing: Writing = {}): JsonSchema => partlyOf(schema, { writing, outer: [] });

interface Describing {
  readonly writing: Writing;
  /** The schemas that this one is a part of. */
  readonly outer: readonly z.core.$ZodType[];
}

const partlyOf = (schema: z.core.$ZodType, { writing, outer }: Describing): JsonSchema => {
  try {
    if (isEndless(schema)) throw new RangeError('the schema makes new schemas without end');
    const { $schema: _, ...whole } = z.toJSONSchema(schema, { ...writing, unrepresentable: 'any' });
    return JSON.parse(JSON.stringify(whole));
  } catch {
    return outer.includes(schema) ? {} : byParts(schema, { writing, outer: [...outer, schema] });
  }
};

/** No schema of a finite domain is nested so deep, or has so many parts. */
const [mostLevels, mostParts] = [100, 20_000];

/**
 * Whether a schema makes new schemas without end. To describe one would make as many as the stack has room for, and Zod could not parse
 * with a schema that is so deep.
 */
const isEndless = (schema: z.core.$ZodType): boolean => {
  const parts = new Set<z.core.$ZodType>();
  let level: ReadonlySet<z.core.$ZodType> = new Set([schema]);
  for (let depth = 0; level.size > 0; depth++) {
    if (depth > mostLevels || parts.size > mostParts) return true;
    for (const part of level) parts.add(part);
    level = new Set([...level].flatMap(partsOf).filter((part) => !parts.has(part)));
  }
  return false;
};

const partsOf = (schema: z.core.$ZodType): readonly z.core.$ZodType[] => {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'lazy') return [(schema as z.core.$ZodLazy)._zod.innerType];
  const fields = def.type === 'object' ? Object.values(def.shape) : [];
  return [...Object.values(def).flat(), ...fields].filter(
    (part) => part instanceof Object && '_zod' in part && 'def' in part._zod && part._zod.def.type !== undefined,
  );
};

/** The fields of an object, or the items of a list, each described alone. */
const byParts = (schema: z.core.$ZodType, describing: Describing): JsonSchema => {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'array') return { type: 'array', items: partlyOf(def.element, describing) };
  if (def.type !== 'object') return {};
  const optionality = describing.writing.io === 'input' ? 'optin' : 'optout';
  const fields = Object.entries(def.shape);
  const required = fields.flatMap(([name, field]) => (field._zod[optionality] === undefined ? [name] : []));
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, partlyOf(field, describing)])),
    ...(required.length === 0 ? {} : { required }),
  };
};

/**
 * The same schema for a place in a larger document. A schema that refers to itself does so from its own top (`#`, `#/$defs/…`), and in a
 * document that would be the top of the document. `pointer` is the place: `#/components/schemas/Order`.
 */
export const placedAt = (schema: JsonSchema, pointer: string): JsonSchema =>
  JSON.parse(JSON.stringify(schema), (name, value) =>
    name === '$ref' && typeof value === 'string' && /^#(\/(\$defs|definitions)\/|$)/.test(value) ? `${pointer}${value.slice(1)}` : value,
  );

/** A step of a pointer in a URI: `/order/{id}` is `~1order~1%7Bid%7D`. */
export const pointerStep = (name: string): string => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
