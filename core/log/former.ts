import * as z from 'zod';
import { InvalidEvent } from '../basics/errors.ts';
import { type Catalogue, type Message, parse, rowOf } from '../basics/messages.ts';
import type { StoredEvent } from './event-store.ts';
import { unknownEvent } from './newer-release.ts';
import { type Conversion, conversionsOf, converting, currentVersion, upcast } from './upcasting.ts';

/**
 * An event that a row of `withFormer` answers: of today's form, or of the older version `schema`, which is lifted on. Name the version as
 * soon as its type has a newer one.
 */
export type FormerPart<E extends Catalogue> =
  | { [T in keyof E & string]: { readonly type: T; readonly data: z.input<E[T]>; readonly schema?: never } }[keyof E & string]
  | { readonly type: string; readonly schema: number; readonly data: unknown };

/** What a stored version of an event becomes. */
export interface FormerRow<F, E extends Catalogue> {
  /** The schema of the stored version. */
  readonly from: F;
  /** The types of the events that `to` answers. One: it is renamed. Several: it is split. None: it is dropped. */
  readonly into: readonly string[];
  /** The events that a reader finds in place of the stored one. It is pure, and gives the same number of events for the same data. */
  readonly to: (data: z.output<F>) => readonly FormerPart<E>[];
  /**
   * Whether the parts after the first one act as well: are published, start sagas, and cause calls and reactions. By default they do not,
   * because what the whole event has caused is done. It cannot be changed later.
   */
  readonly othersAct?: boolean;
}

/**
 * A catalogue of events, and the stored events that are other events by now. The rows of a type begin with version 1 and stay for ever. Each
 * says what the events of that version are today: another type, several events, or none. A type that has a row and is also in `events` is in
 * its next version there. Readers know the events of today only; the log, its hashes and its versions stay as they are. The first part of a
 * stored event keeps the id `order-42@8`, and the others are `order-42@8.2`, `order-42@8.3`.
 *
 * @example
 * const today = { OrderAccepted: z.object({ customerId: z.string() }), PriceAgreed: z.object({ cents: z.int() }) };
 *
 * export const events = withFormer(today, {
 *   OrderPlaced: {
 *     1: {
 *       from: z.object({ customerId: z.string(), cents: z.int() }),
 *       into: ['OrderAccepted', 'PriceAgreed'],
 *       to: ({ customerId, cents }) => [
 *         { type: 'OrderAccepted', data: { customerId } },
 *         { type: 'PriceAgreed', data: { cents } },
 *       ],
 *     },
 *   },
 *   OrderViewed: { 1: { from: z.object({}), into: [], to: () => [] } },
 * });
 *
 * @throws Error, naming the type, if a version has no row, or if a row answers a type that the catalogue does not know.
 */
export const withFormer = <const E extends Catalogue, F extends Readonly<Record<string, Readonly<Record<number, z.ZodType>>>>>(
  events: E,
  former: { readonly [T in keyof F]: { readonly [N in keyof F[T]]: FormerRow<F[T][N], E> } },
): E => {
  const rows = former as unknown as Readonly<Record<string, Readonly<Record<number, Conversion>>>>;
  const catalogue: Record<string | symbol, z.ZodType> = { ...events };
  for (const [type, versions] of Object.entries(rows)) {
    const own = rowOf<z.ZodType>(events, type);
    demand(Object.keys(versions).length > 0 && Object.keys(versions).every((version, index) => Number(version) === index + 1), type, {
      rule: 'the rows are those of version 1, 2 and so on',
    });
    demand(own === undefined || currentVersion(own) === 1, type, {
      rule: 'it has rows here and in `versioned`',
    });
    if (own === undefined) catalogue[keyOf(type)] = converting(z.never(), versions, true);
    else catalogue[type] = converting(own, versions, false);
  }
  for (const [type, versions] of Object.entries(rows))
    for (const { into } of Object.values(versions))
      for (const one of into)
        demand(storedSchemaOf(catalogue as Catalogue, one) !== undefined, type, { rule: `no event is called '${one}'` });
  return catalogue as E;
};

const demand = (holds: boolean, type: string, { rule }: { readonly rule: string }): void => {
  if (!holds) throw new Error(`withFormer: ${type}: ${rule}`);
};

/** A catalogue keeps a former type under a symbol: copies of the catalogue have it, and its keys are the events of today. */
const prefix = 'foldstream former ';
const keyOf = (type: string): symbol => Symbol.for(prefix + type);

/** The types that are stored and are no longer events of the domain, with their schemas. */
export const formerTypes = (catalogue: Catalogue): readonly (readonly [type: string, schema: z.ZodType])[] =>
  Object.getOwnPropertySymbols(catalogue).flatMap((symbol) => {
    const name = Symbol.keyFor(symbol);
    const schema = (catalogue as unknown as Readonly<Record<symbol, z.ZodType>>)[symbol];
    return name?.startsWith(prefix) && schema !== undefined ? [[name.slice(prefix.length), schema] as const] : [];
  });

/** Every type that may be stored, with its schema: those of today, and former ones. */
export const storedTypes = (catalogue: Catalogue): readonly (readonly [type: string, schema: z.ZodType])[] => [
  ...Object.entries(catalogue),
  ...formerTypes(catalogue),
];

/** The schema of a type that may be stored; undefined if the catalogue does not know it. */
export const storedSchemaOf = (catalogue: Catalogue, type: string): z.ZodType | undefined =>
  rowOf<z.ZodType>(catalogue, type) ?? (catalogue as unknown as Readonly<Record<symbol, z.ZodType | undefined>>)[keyOf(type)];

/** The types of today that a stored event of this type may be read as. */
export const typesToday = (catalogue: Catalogue, stored: string, seen: ReadonlySet<string> = new Set()): readonly string[] => {
  const schema = storedSchemaOf(catalogue, stored);
  const conversions = schema === undefined ? [] : Object.values(conversionsOf(schema));
  if (conversions.length === 0 || seen.has(stored)) return [stored];
  const further = new Set([...seen, stored]);
  const others = conversions.flatMap(({ into }) => into.flatMap((type) => typesToday(catalogue, type, further)));
  return [...new Set([...(Object.hasOwn(catalogue, stored) ? [stored] : []), ...others])].filter((type) => Object.hasOwn(catalogue, type));
};

/** These types, and the stored types of which an event may be read as one of these. */
export const typesStored = (catalogue: Catalogue, types: readonly string[]): readonly string[] => [
  ...types,
  ...storedTypes(catalogue)
    .map(([type]) => type)
    .filter((stored) => !types.includes(stored) && typesToday(catalogue, stored).some((type) => types.includes(type))),
];

/** An event of today that a stored event is, wholly or in part. */
export interface LiftedPart extends Message {
  /** Its place among the parts, from 1, in each split. Empty for an event that was never split. */
  readonly places: readonly number[];
  /** Whether processes and listeners are told of it. */
  readonly acts: boolean;
}

/** More than a domain needs. A projection writes all parts of an event at once. */
const mostParts = 32;
/** A row that answers its own version would go on for ever. */
const mostSteps = 1_000;

/**
 * The events of today that a stored event is. @throws InvalidEvent, naming the row that is missing or fails; NewerRelease if the type or its
 * version is unknown.
 */
export const lift = (catalogue: Catalogue, stored: StoredEvent, where: string): readonly LiftedPart[] => {
  const parts: LiftedPart[] = [];
  const pending: Pending[] = [{ stored, places: [], acts: true }];
  for (let steps = 0; pending.length > 0; steps++) {
    const next = pending.shift() as Pending;
    const lifted = step(catalogue, next, where);
    if ('data' in lifted) parts.push(lifted);
    else pending.unshift(...lifted.into);
    if (parts.length + pending.length > mostParts) throw new InvalidEvent(`${where}: ${stored.type} has more than ${mostParts} parts`);
    if (steps === mostSteps) throw new InvalidEvent(`${where}: ${next.stored.type}: its rows lead to no event of today`);
  }
  return parts;
};

interface Pending {
  readonly stored: StoredEvent;
  readonly places: readonly number[];
  readonly acts: boolean;
}

const step = (
  catalogue: Catalogue,
  { stored, places, acts }: Pending,
  where: string,
): LiftedPart | { readonly into: readonly Pending[] } => {
  const { type, schema: version } = stored;
  const schema = storedSchemaOf(catalogue, type);
  if (schema === undefined) throw unknownEvent(where, { type, schema: version });
  const row = rowOf<Conversion>(conversionsOf(schema) as Readonly<Record<string, Conversion>>, String(version));
  if (row === undefined) return { type, data: upcast(schema, stored, where), places, acts };
  const answers = answersOf(row, stored, where);
  const isSplit = answers.length > 1;
  return {
    into: answers.map(({ type: today, schema: older, data }, index) => ({
      stored: { type: today, schema: older ?? versionToday(catalogue, today, where), data },
      places: isSplit ? [...places, index + 1] : places,
      acts: acts && (index === 0 || row.othersAct === true),
    })),
  };
};

const versionToday = (catalogue: Catalogue, type: string, where: string): number => {
  const schema = rowOf<z.ZodType>(catalogue, type);
  if (schema === undefined) throw new InvalidEvent(`${where}: a row that answers ${type} must say the schema version`);
  return currentVersion(schema);
};

type Answers = readonly (Message & { readonly schema?: number })[];

const answersOf = ({ from, to, into }: Conversion, { type, schema, data }: StoredEvent, where: string): Answers => {
  const failed = (reason: string, cause?: unknown) =>
    new InvalidEvent(`${where}: the row of ${type} of schema version ${schema} failed: ${reason}`, { cause });
  let answers: Answers;
  try {
    answers = to(parse(from, data, `${type} of version ${schema}`) as never) as Answers;
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error), error);
  }
  if (!Array.isArray(answers)) throw failed('it must answer a list of events');
  const stranger = answers.find((answer) => !into.includes(answer.type));
  if (stranger !== undefined) throw failed(`it answers ${stranger.type}, which its \`into\` does not name`);
  return answers;
};
