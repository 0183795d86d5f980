import type * as z from 'zod';
import { rowOf } from '../basics/messages.ts';
import { openSchema } from '../publish/open-schema.ts';
import { type Domain, publicationsOf } from '../registry/domain.ts';
import type { JsonSchema, SchemaChange } from './bounds.ts';
import { changesOf } from './changes.ts';
import { compatible, incompatible, type SchemaFinding } from './comparison.ts';
import { mapValues, type SourceOf, toJsonSchema } from './lock.ts';

/** The shapes of all integration events, by publication and type. */
export type PublishedShapes = Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;

/** Their key in the lock, beside the aggregates. It cannot be an aggregate's name, because it has a hyphen. */
export const publishedKey = 'integration-events';

/** The shapes of a domain's integration events. @throws Error, naming the type, if the source of one of its checks is not visible. */
export const publishedShapes = (domain: Domain, sourceOf: SourceOf): PublishedShapes =>
  Object.fromEntries(
    publicationsOf(domain).map(({ name, publishes }) => [
      name,
      mapValues(publishes as Readonly<Record<string, z.ZodType>>, (schema, type) =>
        openSchema(toJsonSchema(schema, { io: 'output', path: `${name}: ${type}`, sourceOf })),
      ),
    ]),
  );

/** All differences. An empty list means that existing listeners can read all published events, and that the lock is up to date. */
export const comparePublished = (locked: PublishedShapes, current: PublishedShapes): readonly SchemaFinding[] =>
  namesIn(locked, current).flatMap((name) => {
    const [were, are] = [rowOf<Types | undefined>(locked, name), rowOf<Types | undefined>(current, name)];
    return namesIn(were ?? {}, are ?? {}).flatMap((type) => typeFindings({ name, type }, were?.[type], are?.[type]));
  });

type Types = PublishedShapes[string];

const namesIn = (...tables: readonly object[]): readonly string[] => [...new Set(tables.flatMap(Object.keys))];

interface Published {
  readonly name: string;
  readonly type: string;
}

const typeFindings = ({ name, type }: Published, was: JsonSchema | undefined, is: JsonSchema | undefined): readonly SchemaFinding[] => {
  const path = `${name}: ${type}`;
  if (was === undefined) return [compatible({ path, change: 'is a new integration event' })];
  if (is === undefined)
    return [
      incompatible({
        path,
        change: 'is no longer published',
        breaks: `listeners to ${type} from ${name} no longer receive events`,
        remedy: `keep it until it has no listeners; then accept it with --incompatible`,
      }),
    ];
  return heardChanges(was, is, path).map((change) =>
    change.severity === 'compatible' ? compatible(change) : incompatible({ ...change, ...ofPublishedChange(type) }),
  );
};

const ofPublishedChange = (type: string) => ({
  breaks: `listeners that know the old shape of ${type} may not understand the new one`,
  remedy: `a published shape may only gain fields: publish the new shape as ${nextOf(type)}, in a publication of its own, beside this one`,
});

const nextOf = (type: string): string => type.replace(/\d+$/, (version) => String(Number(version) + 1));

/**
 * Compares published shapes from the listeners' side. The present code reads old stored data, but old listeners read new published data. So
 * the schemas change places: the old schema must accept what the new one produces. A new field is harmless, because listeners ignore it.
 */
export const heardChanges = (was: JsonSchema, is: JsonSchema, path: string): readonly SchemaChange[] =>
  changesOf(is, was, path).map(({ severity, change, before, after, ...rest }) => {
    const seen = { ...(after === undefined ? {} : { before: after }), ...(before === undefined ? {} : { after: before }) };
    if (change === 'removed') return { ...rest, ...seen, severity: 'compatible', change: 'added' };
    if (change.startsWith('added')) return { ...rest, ...seen, severity: 'incompatible', change: 'removed' };
    return { ...rest, ...seen, severity, change: rowOf<string | undefined>(seenFromBefore, change) ?? change };
  });

const seenFromBefore: Readonly<Record<string, string>> = {
  'is required now': 'is optional now',
  'is optional now': 'is required now',
  'takes more types': 'has fewer types',
  'takes more kinds of data': 'has fewer kinds of data',
};
