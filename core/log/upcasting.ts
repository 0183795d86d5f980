import * as z from 'zod';
import { InvalidEvent } from '../basics/errors.ts';
import { parse } from '../basics/messages.ts';
import type { StoredEvent } from './event-store.ts';
import { unknownEvent } from './newer-release.ts';

/**
 * One step up. `from` is the schema of the older version, and `to` turns its data into data of the next version. `to` is pure. An upcaster
 * is never removed, because stored events stay for ever.
 */
interface Upcaster {
  readonly from: z.ZodType;
  readonly to: (data: never) => unknown;
}

type Upcasters = Readonly<Record<number, Upcaster>>;

/** The key of the upcasters in a schema's definition. Every method that derives a schema from another one copies the definition. */
const kept = Symbol('upcasters');

interface Definition {
  readonly [kept]?: Upcasters;
  /** The inner schema of `readonly` and `optional`; `in` is that of `pipe`. */
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
}

const upcastersOf = (schema: z.ZodType): Upcasters => {
  const { [kept]: own, innerType, in: input } = schema._zod.def as Definition;
  const wrapped = innerType ?? input;
  return own ?? (wrapped === undefined ? {} : upcastersOf(wrapped));
};

/**
 * The schema of an event at version 2 or later. Row `n` of `upcasters` has the schema of version n (`from`) and turns its data into data
 * of version n + 1 (`to`). The version of `schema` is one above the last row. Every reader (loads, projectors, publications, the streams
 * API) lifts stored events one version at a time. A row stays for ever, because the events of its version do.
 *
 * @example
 * const paidV1 = z.object({ euros: z.number() });
 * const paidV2 = z.object({ cents: z.int() });
 * const paid = z.object({ cents: z.int(), currency: z.string() });
 *
 * export const events = {
 *   Paid: versioned(paid, {
 *     1: { from: paidV1, to: ({ euros }) => ({ cents: Math.round(euros * 100) }) },
 *     2: { from: paidV2, to: ({ cents }) => ({ cents, currency: 'EUR' }) },
 *   }),
 * };
 */
export const versioned = <S extends z.ZodType, F extends Readonly<Record<number, z.ZodType>>>(
  schema: S,
  upcasters: {
    readonly [N in keyof F]: { readonly from: F[N]; readonly to: (data: z.output<F[N]>) => z.input<SchemaAfter<N, F, S>> };
  } & { readonly [N in Missing<keyof F, keyof F>]: { readonly from: z.ZodType; readonly to: (data: never) => unknown } },
): S => {
  const definition = z.core.util.mergeDefs(schema._zod.def, { [kept]: upcasters } as object);
  return schema.clone(definition, { parent: true }) as S; // A clone: the domain may use the same schema without upcasters.
};

/** The schema one version above `N`: that of the next row, or the current schema. */
type SchemaAfter<N, F, S> = After<N> extends keyof F ? Extract<F[After<N>], z.ZodType> : S;

/** The versions that have no row, although a later version has one. */
type Missing<N, All> = N extends '1' ? never : Before<N> extends All ? never : Before<N>;

type After<N> = N extends `${infer V extends number}` ? `${[...Units<V>, 1]['length'] & number}` : never;
type Before<N> = N extends `${infer V extends number}`
  ? Units<V> extends [1, ...infer Rest]
    ? `${Rest['length'] & number}`
    : never
  : never;
/** A tuple of length `V`. The compiler counts with it. */
type Units<V extends number, U extends readonly unknown[] = []> = U['length'] extends V ? U : Units<V, [...U, 1]>;

/** The schema version that this code writes, from 1. */
export const currentVersion = (schema: z.ZodType): number => Math.max(0, ...Object.keys(upcastersOf(schema)).map(Number)) + 1;

/**
 * Lifts an event's data to the current schema version. @throws InvalidEvent, naming the upcaster that is missing or fails; NewerRelease if
 * the version is above the current one.
 */
export const upcast = (schema: z.ZodType, { type, schema: stored, data }: StoredEvent, where: string): unknown => {
  const current = currentVersion(schema);
  if (!(stored >= 1)) throw new InvalidEvent(`${where}: ${type} has no schema version`);
  if (stored > current) throw unknownEvent(where, { type, schema: stored }, current);
  let lifted = data;
  for (let version = stored; version < current; version++) {
    const step = upcastersOf(schema)[version];
    if (step === undefined) throw new InvalidEvent(`${where}: ${type} has no upcaster from schema version ${version} to ${version + 1}`);
    try {
      lifted = step.to(parse(step.from, lifted, `${type} of version ${version}`) as never);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new InvalidEvent(`${where}: the upcaster of ${type} from schema version ${version} failed: ${reason}`, { cause: error });
    }
  }
  return lifted;
};
