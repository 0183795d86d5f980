import * as z from 'zod';
import type { Domain } from '../../core/registry/domain.ts';
import type { GivenBy, QueryOf, QueryParameter, RouteName, TakenBy, VariableOf } from '../http/routes.ts';

// What the descriptions of routes are put together from.

export type Json = { readonly [key: string]: unknown };

/**
 * What a route of the table means. Whatever the row names, path variables, parameters and headers, has its sentence here: without
 * one, or with one for something that the row does not name, it does not compile.
 */
export interface Description<R extends RouteName> {
  readonly variables: { readonly [N in VariableOf<R>]: string };
  readonly query: { readonly [N in keyof QueryOf<R>]: string };
  readonly takes: { readonly [N in TakenBy<R>]: string };
  readonly gives: { readonly [N in GivenBy<R>]: string };
  /** What its refusals mean, by status; those that access and methods give are added. */
  readonly refusals: Readonly<Record<number, string>>;
  /** An operation for each member of the domain that the route serves. */
  readonly operations: (domain: Domain) => readonly Operation<R>[];
}

export interface Operation<R extends RouteName> {
  readonly operationId: string;
  readonly tag?: string;
  /** The variables of the path that name the member, like `{ aggregate: 'order' }`; the others stay variables. */
  readonly of: { readonly [N in VariableOf<R>]?: string };
  readonly body?: Json;
  readonly answers: Readonly<Record<number, Answer>>;
  /** What the member says about parameters: its own schemas, parameters of its own, and headers that it does not read. */
  readonly schemas?: { readonly [N in keyof QueryOf<R>]?: Json };
  readonly ownQuery?: Readonly<Record<string, string>>;
  readonly leavesOut?: readonly TakenBy<R>[];
}

export interface Answer {
  readonly description: string;
  readonly schema?: Json;
}

export const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
};

export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
export const headerRef = (name: string): Json => ({ $ref: `#/components/headers/${name}` });
export const json = (schema: Json): Json => ({ 'application/json': { schema } });
export const text = { type: 'string' } as const;

/** The limits of a parameter, as its row in the table has them. */
export const parameterSchema = (parameter: QueryParameter): Json => {
  if (parameter.type === 'text') return { ...text, ...(parameter.format === undefined ? {} : { format: parameter.format }) };
  if (parameter.type === 'word') return { enum: parameter.words, default: parameter.otherwise };
  const { least, most, otherwise } = parameter;
  return { type: 'integer', minimum: least, maximum: most, ...(otherwise === undefined ? {} : { default: otherwise }) };
};
