import * as z from 'zod';
import { InvalidEvent } from '../basics/errors.ts';
import type { StoredEvent } from './event-store.ts';

/** Old data → the data of the next version. Pure, and never removed: stored events are for ever. */
// biome-ignore lint/suspicious/noExplicitAny: the shapes of old versions are not kept as types.
export type Upcaster = (data: any) => unknown;

type Upcasters = Readonly<Record<number, Upcaster>>;

/** Where a schema keeps its upcasters: in its definition, which whatever makes another schema of it takes along. */
const kept = Symbol('upcasters');

interface Definition {
  readonly [kept]?: Upcasters;
  /** Of what is wrapped around a schema: `readonly`, `optional`, `pipe`. */
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
}

const upcastersOf = (schema: z.ZodType): Upcasters => {
  const { [kept]: own, innerType, in: input } = schema._zod.def as Definition;
  const wrapped = innerType ?? input;
  return own ?? (wrapped === undefined ? {} : upcastersOf(wrapped));
};

/**
 * An event's schema that is not its first: `upcasters[n]` makes data of version n into data of version n + 1, and the schema
 * is one version above the highest. Stored events are lifted on every path that reads: load, projectors, the streams API.
 */
export const versioned = <S extends z.ZodType>(schema: S, upcasters: Upcasters): S => {
  const definition = z.core.util.mergeDefs(schema._zod.def, { [kept]: upcasters } as object);
  return schema.clone(definition, { parent: true }) as S; // Its own object: the same schema may stand without upcasters elsewhere.
};

/** The version of the schema that this code writes, from 1. */
export const currentVersion = (schema: z.ZodType): number => Math.max(0, ...Object.keys(upcastersOf(schema)).map(Number)) + 1;

/** The event's data in the form of today, step by step. @throws InvalidEvent where a step is missing or fails, naming it. */
export const upcast = (schema: z.ZodType, { type, schema: stored, data }: StoredEvent, where: string): unknown => {
  const current = currentVersion(schema);
  if (!(stored >= 1)) throw new InvalidEvent(`${where}: ${type} does not say which version of its schema it has`);
  if (stored > current)
    throw new InvalidEvent(`${where}: ${type} is of schema version ${stored}, and this code knows ${current}: it is older than the data`);
  let lifted = data;
  for (let version = stored; version < current; version++) {
    const step = upcastersOf(schema)[version];
    if (step === undefined) throw new InvalidEvent(`${where}: ${type} has no upcaster from schema version ${version} to ${version + 1}`);
    try {
      lifted = step(lifted);
    } catch (error) {
      throw new InvalidEvent(`${where}: the upcaster of ${type} from schema version ${version} failed`, { cause: error });
    }
  }
  return lifted;
};
