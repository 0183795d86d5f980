import type * as z from 'zod';
import { jsonSchemaOf } from '../../core/basics/json-schema.ts';
import { samplesOf } from '../../core/schema-lock/samples.ts';
import { answered } from '../../core/testing/answered.ts';
import type { AnyDecider } from '../../core/write/decider.ts';

/** Data that a schema takes, for the tests that are written; nothing where none is found. */
export const sampleOf = (schema: z.ZodType): unknown =>
  samplesOf(jsonSchemaOf(schema, { io: 'input' })).find((sample) => schema.safeParse(sample).success);

/** A command that a new aggregate takes, and the first event that it records. */
export const beginningOf = (
  decider: AnyDecider,
): { readonly command: string; readonly data: unknown; readonly event: string } | undefined => {
  for (const [command, schema] of Object.entries<z.ZodType>(decider.commands)) {
    const data = sampleOf(schema);
    const [first] = data === undefined ? [] : answered(decider, [], { type: command, data });
    if (first !== undefined) return { command, data, event: first.type };
  }
  return undefined;
};

/** A value as the formatter writes it, in one line. */
export const literal = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? quoted(value) : String(JSON.stringify(value));
  const fields = Object.entries(value).map(([name, part]) => `${/^[A-Za-z_]\w*$/.test(name) ? name : quoted(name)}: ${literal(part)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
};

const quoted = (text: string): string => `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
