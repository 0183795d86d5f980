import type * as z from 'zod';
import { jsonSchemaOf } from '../../core/basics/json-schema.ts';
import type { Domain } from '../../core/registry/domain.ts';
import type { GivenBy, QueryOf, QueryParameter, RouteName, TakenBy, VariableOf } from '../http/routes.ts';

// The parts of the routes' descriptions.

export type Json = { readonly [key: string]: unknown };

/**
 * The meaning of a route of the table. Each path variable, parameter and header of the row has its sentence here. A missing sentence, or
 * one for a name that the row does not have, does not compile.
 */
export interface Description<R extends RouteName> {
  readonly variables: { readonly [N in VariableOf<R>]: string };
  readonly query: { readonly [N in keyof QueryOf<R>]: string };
  readonly takes: { readonly [N in TakenBy<R>]: string };
  readonly gives: { readonly [N in GivenBy<R>]: string };
  /** The meaning of the route's refusals, by status. Those of access and methods are added. */
  readonly refusals: Readonly<Record<number, string>>;
  /** Those that mean more for a member that has owners, to a token without the scope. */
  readonly refusalsOfOwners?: Readonly<Record<number, string>>;
  /** An operation for each member of the domain that the route serves. */
  readonly operations: (domain: Domain) => readonly Operation<R>[];
}

export interface Operation<R extends RouteName> {
  readonly operationId: string;
  readonly tag?: string;
  /** The variables of the path that name the member, like `{ aggregate: 'order' }`. The others stay variables. */
  readonly of: { readonly [N in VariableOf<R>]?: string };
  readonly body?: Json;
  readonly answers: Readonly<Record<number, Answer>>;
  /** The refusals that only this member has. */
  readonly refusals?: Readonly<Record<number, string>>;
  /** The member's deviations from its route: its own schemas, its own parameters, and the headers that it does not read. */
  readonly schemas?: { readonly [N in keyof QueryOf<R>]?: Json };
  readonly ownQuery?: Readonly<Record<string, string>>;
  readonly leavesOut?: readonly TakenBy<R>[];
}

export interface Answer {
  readonly description: string;
  readonly schema?: Json;
}

export const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => jsonSchemaOf(schema, { io });

export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
export const headerRef = (name: string): Json => ({ $ref: `#/components/headers/${name}` });
export const json = (schema: Json): Json => ({ 'application/json': { schema } });
export const text = { type: 'string' } as const;

/** The schema of a parameter, with the limits of its row in the table. */
export const parameterSchema = (parameter: QueryParameter): Json => {
  if (parameter.type === 'text') return { ...text, ...(parameter.format === undefined ? {} : { format: parameter.format }) };
  if (parameter.type === 'word') return { enum: parameter.words, default: parameter.otherwise };
  const { least, most, otherwise } = parameter;
  return { type: 'integer', minimum: least, maximum: most, ...(otherwise === undefined ? {} : { default: otherwise }) };
};
