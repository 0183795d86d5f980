import * as z from 'zod';

// What the descriptions of operations are put together from.

export type Json = { readonly [key: string]: unknown };

export const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
};

export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
export const json = (schema: Json): Json => ({ 'application/json': { schema } });
export const text = { type: 'string' };
export const inPath = (name: string, description: string): Json => ({ name, in: 'path', required: true, description, schema: text });
export const inHeader = (name: string, description: string): Json => ({ name, in: 'header', description, schema: text });
export const inQuery = (name: string, description: string, schema: Json = text): Json => ({ name, in: 'query', description, schema });

export const problems = (meanings: Readonly<Record<number, string>>): Json =>
  Object.fromEntries(
    Object.entries(meanings).map(([status, description]) => [
      status,
      { description, content: { 'application/problem+json': { schema: ref('Problem') } } },
    ]),
  );
