import type * as z from 'zod';
import { type JsonSchema, jsonSchemaOf } from '../basics/json-schema.ts';
import { rowOf } from '../basics/messages.ts';
import { faultOfDefault, faultOfType, type Place, type Schema } from './schema-faults.ts';

/** A part of a schema. An item of a list is a part of its own kind: JSON writes an undefined item as null, and leaves an undefined field out. */
interface Part {
  readonly schema: Schema;
  readonly path: string;
  readonly isItem: boolean;
}

/**
 * The first fault of a schema whose data would not survive JSON, or would be changed when they are read again; with its path and remedy.
 * `undefined` if there is none. A schema checks data and does not change them: each reader parses what is stored, and each process parses
 * the command that it sends.
 */
export const faultIn = (schema: z.ZodType, place: Place): string | undefined => {
  const parts = partsWithin(schema as unknown as Schema);
  for (const faultOf of [faultOfType, faultOfDefault]) // A default of a type that JSON does not have is a fault of the type.
    for (const { schema: part, path, isItem } of parts) {
      const fault = faultOf(part, place, isItem);
      if (fault !== undefined) return `${path || 'the data'} ${fault}`;
    }
  return undefined;
};

/** What is wrong with the field that names the owner of a document. `undefined` if nothing is. */
export const faultOfOwner = (document: z.ZodType, field: string): string | undefined => {
  const properties = (jsonSchemaOf(document)['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const property = rowOf(properties, field);
  if (property === undefined) return 'which is no field of its document';
  const kinds = ((property['anyOf'] ?? [property]) as readonly JsonSchema[]).flatMap(({ type }) => type);
  const isText = kinds.includes('string') && kinds.every((kind) => kind === 'string' || kind === 'null');
  return isText ? undefined : 'which is no text: it must name the actor of a token';
};

/** A schema that makes new schemas without end is looked at this far. */
const mostParts = 5_000;

/** A schema and all its parts, the outer ones first. A schema that refers to itself is one part. */
const partsWithin = (schema: Schema): readonly Part[] => {
  const parts: Part[] = [{ schema, path: '', isItem: false }];
  const seen = { items: new Set<Schema>(), fields: new Set([schema]) };
  for (const part of parts)
    for (const inner of partsOf(part)) {
      const alike = inner.isItem ? seen.items : seen.fields;
      if (!alike.has(inner.schema) && parts.length < mostParts) parts.push(inner);
      alike.add(inner.schema);
    }
  return parts;
};

const partsOf = ({ schema, path, isItem }: Part): readonly Part[] => {
  const { def } = schema._zod;
  const at = (part: z.core.SomeType, where: string, inList = false): Part => ({ schema: part as Schema, path: where, isItem: inList });
  const under = (name: string): string => (path === '' ? name : `${path}.${name}`);
  switch (def.type) {
    case 'object': {
      const fields = Object.entries(def.shape).map(([name, field]) => at(field, under(name)));
      return def.catchall === undefined ? fields : [...fields, at(def.catchall, under('*'))];
    }
    case 'array':
      return [at(def.element, `${path}[]`, true)];
    case 'tuple': {
      const items = def.items.map((item, index) => at(item, `${path}[${index}]`, true));
      return def.rest === null ? items : [...items, at(def.rest, `${path}[]`, true)];
    }
    case 'record':
      return [at(def.keyType, `a key of ${path || 'the data'}`), at(def.valueType, under('*'))];
    case 'union':
      return def.options.map((option) => at(option, path, isItem));
    case 'intersection':
      return [def.left, def.right].map((side) => at(side, path, isItem));
    case 'pipe':
      return [at(def.in, path), at(def.out, path, isItem)];
    case 'lazy':
      return [at((schema as z.core.$ZodLazy)._zod.innerType, path, isItem)];
    case 'default':
    case 'prefault':
    case 'nonoptional':
      return [at(def.innerType, path)]; // It is never undefined.
    case 'optional':
    case 'nullable':
    case 'readonly':
    case 'catch':
      return [at(def.innerType, path, isItem)];
    default:
      return [];
  }
};
