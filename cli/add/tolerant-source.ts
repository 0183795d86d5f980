import type { JsonSchema } from '../../core/basics/json-schema.ts';

/**
 * The source of a Zod schema that takes what a JSON Schema describes, and more: new fields, new values of a list of texts, and numbers
 * beyond the bounds. A listener that is strict parks what its publisher may send tomorrow. A part that has no words here is `z.unknown()`.
 */
export const tolerantSource = (schema: JsonSchema): string => {
  const { type, properties, additionalProperties: others } = schema;
  if (Array.isArray(type)) return union(type.map((one) => ({ ...schema, type: one })));
  const choices = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined;
  if (choices !== undefined) return union(choices);
  if (type === 'object' && properties !== undefined) return objectSource(schema);
  if (type === 'object' && typeof others === 'object') return `z.record(z.string(), ${tolerantSource(others as JsonSchema)})`;
  if (type === 'array') return `z.array(${tolerantSource((schema['items'] ?? {}) as JsonSchema)})`;
  return simple[String(type)] ?? 'z.unknown()';
};

const simple: Readonly<Record<string, string>> = {
  string: 'z.string()',
  integer: 'z.int()',
  number: 'z.number()',
  boolean: 'z.boolean()',
  null: 'z.null()',
  object: 'z.object({})',
};

const union = (choices: readonly JsonSchema[]): string => {
  const sources = [...new Set(choices.map(tolerantSource))];
  if (sources.includes('z.unknown()')) return 'z.unknown()';
  return sources.length === 1 ? (sources[0] as string) : `z.union([${sources.join(', ')}])`;
};

const objectSource = ({ properties, required = [] }: JsonSchema): string => {
  const fields = Object.entries(properties as Readonly<Record<string, JsonSchema>>).map(([name, field]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${key}: ${tolerantSource(field)}${(required as readonly string[]).includes(name) ? '' : '.optional()'}`;
  });
  return `z.object({ ${fields.join(', ')} })`;
};
