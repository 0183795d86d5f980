import { keyTypeOf } from '../../core/read/projection.ts';
import type { Domain } from '../../core/registry/domain.ts';

/** What the local system knows of a domain. */
export interface Registry {
  /** Text that is the same as long as the domain asks for the same infrastructure. */
  readonly shape: string;
  /** For the log: the projections that have a row for an event, by its type. */
  readonly projections: Readonly<Record<string, readonly string[]>>;
}

export type RegistryAnswer = { readonly registry: Registry } | { readonly error: { readonly message: string; readonly stack: string } };

export const describeRegistry = (domain: Domain): Registry => {
  const projections: Record<string, string[]> = {};
  for (const { name, evolve } of domain.projections)
    for (const type of Object.keys(evolve)) projections[type] = [...(projections[type] ?? []), name];
  return { shape: JSON.stringify([shapeOf(domain), keyTypesOf(domain)]), projections };
};

/**
 * What runs in the functions and is read by no construct of the stack. The rest (names, revisions, indexes, the steps of sagas and their
 * time limits, …) may be in the template, and a member that has a new kind of setting is compared whole.
 */
const codeAlone = new Set(['commands', 'events', 'decide', 'evolve', 'initialState', 'document', 'context', 'upcasters', 'map']);

/** Names, numbers and the keys of tables, in their order; a function is a function, whatever it does. */
const shapeOf = (value: unknown, seen: ReadonlySet<unknown> = new Set()): unknown => {
  if (typeof value === 'function') return 'function';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null || seen.has(value)) return value === undefined || seen.has(value) ? null : value;
  if ('_zod' in value) return 'schema';
  const within = new Set([...seen, value]);
  if (Array.isArray(value)) return value.map((one) => shapeOf(one, within));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !codeAlone.has(key))
      .map(([key, one]) => [key, shapeOf(one, within)]),
  );
};

/** An index is made of fields of a document; a key of a table is a string or a number. */
const keyTypesOf = ({ projections }: Domain) =>
  projections.map((projection) =>
    Object.values(projection.indexes ?? {}).map(({ partition, sort }) => [keyTypeOf(projection, partition), keyTypeOf(projection, sort)]),
  );
