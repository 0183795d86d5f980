import * as z from 'zod';
import { InvalidEvent } from '../basics/errors.ts';
import { type Message, parse } from '../basics/messages.ts';
import { isSameJson } from '../basics/same-json.ts';
import type { StoredEvent } from './event-store.ts';
import { unknownEvent } from './newer-release.ts';

/**
 * One step up. `from` is the schema of the older version, and `to` turns its data into data of the next version. `to` is pure. An upcaster
 * is never removed, because stored events stay for ever.
 */
interface Upcaster {
  readonly from: z.ZodType;
  readonly to: (data: never) => unknown;
  /** Of a row of `withFormer`: the types of the events that `to` answers. */
  readonly into?: readonly string[];
  readonly othersAct?: boolean;
}

type Upcasters = Readonly<Record<number, Upcaster>>;

/** The version below the current one, if new events are recorded in it, and the step down to it. */
interface Downcaster {
  readonly writes: number;
  readonly back: (data: never) => unknown;
}

interface Versions {
  readonly upcasters: Upcasters;
  /** The type is no longer one of the domain: the last row is that of its last version. */
  readonly isFormer?: boolean;
  readonly downcaster?: Downcaster | undefined;
}

/** The key of the versions in a schema's definition. Every method that derives a schema from another one copies the definition. */
const kept = Symbol('versions');
/** Commands have a key of their own: a command that is made of an event's schema does not have its versions. */
const keptOfCommand = Symbol('versions of a command');

interface Definition {
  readonly [kept]?: Versions;
  readonly [keptOfCommand]?: Versions;
  /** The inner schema of `readonly` and `optional`; `in` is that of `pipe`. */
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
}

const versionsOf = (schema: z.ZodType, key: typeof kept | typeof keptOfCommand = kept): Versions => {
  const { [key]: own, innerType, in: input } = schema._zod.def as Definition;
  const wrapped = innerType ?? input;
  return own ?? (wrapped === undefined ? { upcasters: {} } : versionsOf(wrapped, key));
};

/**
 * The schema of an event at version 2 or later. Row `n` of `upcasters` has the schema of version n (`from`) and turns its data into data
 * of version n + 1 (`to`). The version of `schema` is one above the last row. Every reader (loads, projectors, publications, the streams
 * API) lifts stored events one version at a time. A row stays for ever, because the events of its version do.
 *
 * `writtenAs` is for the release before the one that records the new version: it reads the new version and records the one before, so the
 * next release can be rolled back to it. `decide` answers data of the new version, and `back` turns them into data of the version that is
 * recorded. A command whose event would lose data on the way back fails.
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
 * @example
 * const paidV1 = z.object({ euros: z.number() });
 * const up = { from: paidV1, to: ({ euros }: { euros: number }) => ({ cents: Math.round(euros * 100) }) };
 *
 * export const events = {
 *   Paid: versioned(z.object({ cents: z.int() }), { 1: up }, { writes: 1, back: ({ cents }) => ({ euros: cents / 100 }) }),
 * };
 */
export const versioned = <S extends z.ZodType, F extends Readonly<Record<number, z.ZodType>>>(
  schema: S,
  upcasters: RowsOf<S, F>,
  writtenAs?: WrittenAs<S, NoInfer<F>>,
): S => {
  const versions: Versions = { upcasters, downcaster: writtenAs as Downcaster | undefined };
  const { writes } = versions.downcaster ?? {};
  const before = newestOf(versions) - 1;
  if (writes !== undefined && (before === 0 || writes !== before))
    throw new Error(`versioned: writes is ${writes}, and only the version before the current one can be written, which is ${before}`);
  const definition = z.core.util.mergeDefs(schema._zod.def, { [kept]: versions } as object);
  return schema.clone(definition, { parent: true }) as S; // A clone: the domain may use the same schema without upcasters.
};

/** A row for each version before the current one. */
type RowsOf<S extends z.ZodType, F extends Readonly<Record<number, z.ZodType>>> = {
  readonly [N in keyof F]: { readonly from: F[N]; readonly to: (data: z.output<F[N]>) => z.input<SchemaAfter<N, F, S>> };
} & { readonly [N in Missing<keyof F, keyof F>]: { readonly from: z.ZodType; readonly to: (data: never) => unknown } };

/**
 * The schema of a command at version 2 or later, so that clients of older versions go on working. Row `n` has the schema of version n
 * (`from`) and turns its data into data of version n + 1 (`to`). A client says its version with the header `Command-Version`; a request
 * without it has version 1, because the first clients knew no other. `decide` sees the newest form. The digest that recognises a repeated
 * request is that of the data as they were sent.
 *
 * @example
 * const placeOrderV1 = z.object({ customer: z.string() });
 *
 * export const commands = {
 *   PlaceOrder: versionedCommand(z.object({ customerId: z.string() }), {
 *     1: { from: placeOrderV1, to: ({ customer }) => ({ customerId: customer }) },
 *   }),
 * };
 */
export const versionedCommand = <S extends z.ZodType, F extends Readonly<Record<number, z.ZodType>>>(schema: S, rows: RowsOf<S, F>): S =>
  schema.clone(z.core.util.mergeDefs(schema._zod.def, { [keptOfCommand]: { upcasters: rows } } as object), { parent: true }) as S;

/** The rows of a command's older versions. */
export const commandRows = (schema: z.ZodType): Upcasters => versionsOf(schema, keptOfCommand).upcasters;

/** That new events are recorded in the version before the current one. */
export interface WrittenAs<S extends z.ZodType, F extends Readonly<Record<number, z.ZodType>>> {
  readonly writes: VersionBefore<keyof F, F>;
  /** Turns data of the current version into data of the version before. It is pure. Lifted again, they must be the same data. */
  readonly back: (data: z.output<S>) => z.input<Extract<F[Last<keyof F, F>], z.ZodType>>;
}

/** The last row, which is that of the version before the current one. */
type Last<N, F> = N extends keyof F ? (After<N> extends keyof F ? never : N) : never;
type VersionBefore<N, F> = Last<N, F> extends `${infer V extends number}` ? V : Last<N, F>;

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

const newestOf = ({ upcasters, isFormer = false }: Versions): number =>
  Math.max(0, ...Object.keys(upcasters).map(Number)) + (isFormer ? 0 : 1);

/** A step to other events. It is a row of `withFormer`. */
export type Conversion = Upcaster & Required<Pick<Upcaster, 'into'>>;

/** A schema whose older versions become other events. `isFormer`: no version of it is recorded any more. */
export const converting = <S extends z.ZodType>(schema: S, upcasters: Readonly<Record<number, Conversion>>, isFormer: boolean): S =>
  schema.clone(z.core.util.mergeDefs(schema._zod.def, { [kept]: { upcasters, isFormer } } as object), { parent: true }) as S;

/** The versions of a type that become other events, by version. A schema has none of them, or no other rows. */
export const conversionsOf = (schema: z.ZodType): Readonly<Record<number, Conversion>> => {
  const { upcasters } = versionsOf(schema);
  return Object.values(upcasters).some(({ into }) => into !== undefined) ? (upcasters as Readonly<Record<number, Conversion>>) : none;
};
const none: Readonly<Record<number, Conversion>> = {};

/** The newest schema version that this code reads, from 1. */
export const currentVersion = (schema: z.ZodType): number => newestOf(versionsOf(schema));

/** The schema version in which this code records new events, from 1. */
export const writtenVersion = (schema: z.ZodType): number => versionsOf(schema).downcaster?.writes ?? currentVersion(schema);

/** The schema of that version. */
export const writtenSchema = (schema: z.ZodType): z.ZodType => {
  const { upcasters, downcaster } = versionsOf(schema);
  return downcaster === undefined ? schema : (upcasters[downcaster.writes] as Upcaster).from;
};

/**
 * An event's data in the version that this code records. @throws InvalidEvent if the step down fails, or if a reader would not find the same
 * data again: then the version that is recorded has no place for them.
 */
export const downcast = (schema: z.ZodType, { type, data }: Message, where: string): unknown => {
  const { downcaster } = versionsOf(schema);
  if (downcaster === undefined) return data;
  const { writes, back } = downcaster;
  const failed = (reason: string, cause?: unknown) =>
    new InvalidEvent(`${where}: ${type} cannot be recorded as schema version ${writes}: ${reason}`, { cause });
  let older: unknown;
  let again: unknown;
  try {
    older = parse(writtenSchema(schema), back(data as never), `${type} of version ${writes}`);
    again = parse(schema, upcast(schema, { type, schema: writes, data: older }, where), type);
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error), error);
  }
  if (!isSameJson(again, data)) throw failed(`a reader would find other data (${differing(again, data).join(', ')})`);
  return older;
};

/** The fields that differ. An error shows no data of an event. */
const differing = (one: unknown, other: unknown): readonly string[] => {
  const [these, those] = [one, other] as [Fields, Fields];
  return Object.keys({ ...these, ...those }).filter((name) => !isSameJson(these[name], those[name]));
};
type Fields = Readonly<Record<string, unknown>>;

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
    const step = versionsOf(schema).upcasters[version];
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
