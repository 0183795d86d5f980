import type * as z from 'zod';
import { jsonSchemaOf } from '../basics/json-schema.ts';
import { formerTypes, storedTypes } from '../log/former.ts';
import { conversionsOf, currentVersion, writtenVersion } from '../log/upcasting.ts';
import type { Domain } from '../registry/domain.ts';
import { type AnyDecider, foldingOf } from '../write/decider.ts';
import type { JsonSchema } from './bounds.ts';
import { changesOf } from './changes.ts';

/** The stored shapes of an aggregate, and the code that made its snapshots. */
export interface AggregateLock {
  readonly revision: number;
  /** The shape of the state: the kind of each field, by name. */
  readonly state: unknown;
  /** The sources of `initialState` and of each row of `evolve`. */
  readonly initialState: string;
  readonly evolve: Readonly<Record<string, string>>;
  /** Digests of the states after samples of each event (`rehearsal.ts`). They detect changes in functions that `evolve` calls. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** Every schema version of every event type that may be stored. */
  readonly events: Readonly<Record<string, EventLock>>;
  /** The version in which new events of a type are recorded, where it is not the newest. Absent if there is no such type. */
  readonly writes?: Readonly<Record<string, number>>;
  /** What stored versions have become, by type and version: their types (`into`), and whether the later parts act. Absent without any. */
  readonly former?: FormerLocks;
}

/** The shape of an event's data, by version. */
export type EventLock = Readonly<Record<string, JsonSchema>>;

/** The shapes of all stored data, by aggregate. The code is compared with them. */
export type SchemaLock = Readonly<Record<string, AggregateLock>>;

/** The shapes in the present code of a domain, which has only the current version of each event type. */
export type CurrentShapes = Readonly<Record<string, Omit<AggregateLock, 'outcomes'>>>;

/** A function's source, independent of formatting and comments. */
export type SourceOf = (code: unknown) => string;

/**
 * The shapes in the present code of a domain.
 * @throws Error, naming the event, if its schema transforms data, or if the source of one of its checks is not visible.
 */
export const currentShapes = ({ deciders }: Domain, sourceOf: SourceOf): CurrentShapes =>
  Object.fromEntries(deciders.map((decider) => [decider.name, shapesOf(decider, sourceOf)]));

const shapesOf = (decider: AnyDecider, sourceOf: SourceOf): CurrentShapes[string] => {
  const [, , state] = JSON.parse(foldingOf(decider).fingerprint);
  const writes = writtenBelow(decider.events);
  const former = formerShapes(decider);
  return {
    revision: decider.revision ?? 1,
    state,
    initialState: sourceOf(decider.initialState),
    evolve: mapValues(decider.evolve, sourceOf),
    events: {
      ...mapValues(decider.events as Readonly<Record<string, z.ZodType>>, (schema, type) => ({
        [currentVersion(schema)]: storedSchema(schema, `${decider.name}.${type}`, sourceOf),
      })),
      ...mapValues(Object.fromEntries(formerTypes(decider.events)), (schema, type) =>
        lastShape(schema, `${decider.name}.${type}`, sourceOf),
      ),
    },
    ...(Object.keys(writes).length === 0 ? {} : { writes }),
    ...(Object.keys(former).length === 0 ? {} : { former }),
  };
};

/** What a stored version of an event is by now. */
export interface FormerLock {
  /** The types of its parts. One: renamed. Several: split. None: dropped. */
  readonly into: readonly string[];
  /** Present if the parts after the first one act for stored events, too. */
  readonly othersAct?: true;
}

/** By type and version. */
export type FormerLocks = Readonly<Record<string, Readonly<Record<string, FormerLock>>>>;

const formerShapes = ({ events }: AnyDecider): FormerLocks =>
  Object.fromEntries(
    storedTypes(events).flatMap(([type, schema]) => {
      const rows = Object.entries(conversionsOf(schema));
      const locks = rows.map(([version, { into, othersAct }]) => [version, { into, ...(othersAct ? { othersAct } : {}) }] as const);
      return rows.length === 0 ? [] : [[type, Object.fromEntries(locks)]];
    }),
  );

/** The last version of a former type, as its row reads it. */
const lastShape = (schema: z.ZodType, path: string, sourceOf: SourceOf): EventLock => {
  const version = currentVersion(schema);
  const from = conversionsOf(schema)[version]?.from ?? schema;
  return { [version]: toJsonSchema(from, { io: 'input', path, sourceOf }) };
};

const writtenBelow = (events: Readonly<Record<string, z.ZodType>>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(events)
      .filter(([, schema]) => writtenVersion(schema) !== currentVersion(schema))
      .map(([type, schema]) => [type, writtenVersion(schema)]),
  );

export const mapValues = <V, W>(table: Readonly<Record<string, V>>, map: (value: V, name: string) => W): Readonly<Record<string, W>> =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [name, map(value, name)]));

/** The shape of stored data. The schema's output must fit its input, or events could not be read back. */
export const storedSchema = (schema: z.ZodType, path: string, sourceOf: SourceOf): JsonSchema => {
  const [read, written] = (['input', 'output'] as const).map((io) => toJsonSchema(schema, { io, path, sourceOf }));
  const lost = changesOf(written as JsonSchema, read as JsonSchema, path).find(({ severity }) => severity === 'incompatible');
  if (lost === undefined) return read as JsonSchema;
  throw new Error(
    `${lost.path}: what is stored does not fit what is read (${lost.change}): an event's schema checks its data and does not transform it`,
  );
};

interface Writing {
  readonly io: 'input' | 'output';
  readonly path: string;
  readonly sourceOf: SourceOf;
}

const annotations = ['$schema', '$comment', 'id', 'title', 'description', 'deprecated', 'readOnly', 'writeOnly'];

/**
 * A schema as JSON Schema, without titles, descriptions and comments; `{}` for a part that JSON Schema cannot express. `defineDomain` has
 * refused what cannot be stored. @throws Error, naming the path, if the source of a check is not visible.
 */
export const toJsonSchema = (schema: z.ZodType, { io, path, sourceOf }: Writing): JsonSchema => {
  const hidden: unknown[] = [];
  const visible = (check: unknown): string => {
    try {
      return sourceOf(check);
    } catch (error) {
      hidden.push(error);
      return '';
    }
  };
  const found = jsonSchemaOf(schema, {
    io,
    override: ({ zodSchema, jsonSchema }) => {
      const checks = refinementsOf(zodSchema);
      if (checks.length > 0) jsonSchema['x-checks'] = checks.map(visible);
      for (const annotation of annotations) delete jsonSchema[annotation];
    },
  });
  if (hidden.length > 0) throw new Error(`${path}: ${(hidden[0] as Error).message}`);
  return found;
};

/** The functions in `.refine(…)`. Functions in `.superRefine` and `.check` are not visible, only their presence is. */
const refinementsOf = (schema: z.core.$ZodType): readonly unknown[] =>
  (schema._zod.def.checks ?? []).flatMap(({ _zod: { def } }) =>
    def.check === 'custom' ? [(def as { fn?: unknown }).fn ?? 'not visible'] : [],
  );
