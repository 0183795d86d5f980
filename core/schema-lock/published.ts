import type * as z from 'zod';
import { rowOf } from '../basics/messages.ts';
import { openSchema } from '../publish/open-schema.ts';
import { type Domain, publicationsOf } from '../registry/domain.ts';
import type { JsonSchema, SchemaChange } from './bounds.ts';
import { changesOf } from './changes.ts';
import { compatible, incompatible, type SchemaFinding } from './comparison.ts';
import { mapValues, type SourceOf, toJsonSchema } from './lock.ts';

/** The shape of every integration event, by publication and type: what others may read. */
export type PublishedShapes = Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;

/** Where they stand in the lock, beside the aggregates: no aggregate's name has a hyphen. */
export const publishedKey = 'integration-events';

/** @throws Error, naming the type, where a shape cannot be said in JSON Schema. */
export const publishedShapes = (domain: Domain, sourceOf: SourceOf): PublishedShapes =>
  Object.fromEntries(
    publicationsOf(domain).map(({ name, publishes }) => [
      name,
      mapValues(publishes as Readonly<Record<string, z.ZodType>>, (schema, type) =>
        openSchema(toJsonSchema(schema, { io: 'output', path: `${name}: ${type}`, sourceOf })),
      ),
    ]),
  );

/** Every difference. None: whoever reads what was published once can read what is published now, and the lock says all. */
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
        breaks: `whoever listens to ${type} from ${name} hears nothing any more`,
        remedy: `keep it until nobody listens to it; then accept it with --incompatible`,
      }),
    ];
  return heardChanges(was, is, path).map((change) =>
    change.severity === 'compatible' ? compatible(change) : incompatible({ ...change, ...ofPublishedChange(type) }),
  );
};

const ofPublishedChange = (type: string) => ({
  breaks: `whoever reads ${type} by its shape of before may not understand what comes now`,
  remedy: `a published shape only grows by fields: publish the other one as ${nextOf(type)}, in a publication of its own, beside this one`,
});

const nextOf = (type: string): string => type.replace(/\d+$/, (version) => String(Number(version) + 1));

/**
 * Stored data of before are read by the code of now; of what is published it is the other way round. So the schemas change places: what the
 * new one makes, the old one has to take. But a field that it does not know is no harm: it is not read.
 */
const heardChanges = (was: JsonSchema, is: JsonSchema, path: string): readonly SchemaChange[] =>
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
