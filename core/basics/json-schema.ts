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
    const { $schema: _, ...whole } = z.toJSONSchema(schema, { ...writing, unrepresentable: 'any' });
    return JSON.parse(JSON.stringify(whole));
  } catch {
    return outer.includes(schema) ? {} : byParts(schema, { writing, outer: [...outer, schema] });
  }
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
