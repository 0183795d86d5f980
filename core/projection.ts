import * as z from 'zod';
import { type Commit, lastVersion } from './event-store.ts';
import { type Catalogue, type Metadata, rowOf } from './messages.ts';
import { fromStored } from './stored-events.ts';

/** Documents that share the value of the field `partition`, in the order of the field `sort`. Both are strings or numbers. */
export interface Index<Field extends string = string> {
  readonly partition: Field;
  readonly sort: Field;
}

/** Events in, documents out: a fold kept up to date, one document for each stream of one aggregate. */
export interface Projection<D, E extends Catalogue> {
  readonly name: string;
  /** Goes up when the documents are to be built anew; each revision has a table of its own. */
  readonly revision: number;
  readonly events: E;
  /** The shape of a document, for those who read it. */
  readonly document: z.ZodType<D>;
  readonly indexes?: Readonly<Record<string, Index<KeyField<D>>>>;
  readonly initialState: () => D;
  /** A row for each event type that matters here. `null` deletes the document. */
  readonly evolve: {
    readonly [T in keyof E & string]?: (document: D, data: z.output<E[T]>, metadata: Metadata) => D | null;
  };
}

type KeyField<D> = { [F in keyof D & string]-?: NonNullable<D[F]> extends string | number ? F : never }[keyof D & string];

/** Types flow from `events` and `document`. */
export const defineProjection = <const D, E extends Catalogue>(projection: Projection<D, E>): Projection<D, E> => projection;

// biome-ignore lint/suspicious/noExplicitAny: the existential "some projection".
export type AnyProjection = Projection<any, any>;

/** What a field of the document is to an index. @throws Error, naming the projection and the field, where it can be no key. */
export const keyTypeOf = ({ name, document }: AnyProjection, field: string): 'string' | 'number' => {
  const { properties = {} } = z.toJSONSchema(document);
  const property = properties[field];
  const type = typeof property === 'object' ? property.type : undefined;
  if (type === 'string') return 'string';
  if (type === 'number' || type === 'integer') return 'number';
  throw new Error(`${name}: '${field}' is indexed, so it has to be a string or a number`);
};

/** A document and how fresh it is. Without `document` there is none: not yet, or deleted; the version is kept all the same. */
export interface Versioned {
  readonly document: Readonly<Record<string, unknown>> | null;
  /** The stream's version that the document holds. */
  readonly version: number;
  /** When the last event in it was recorded; ISO 8601. */
  readonly recordedAt: string;
}

export const nothing: Versioned = { document: null, version: 0, recordedAt: '1970-01-01T00:00:00.000Z' };

/**
 * The document with these commits folded in; they follow it without a gap.
 * @throws InvalidEvent; Error where there is a gap, for then the gate has failed.
 */
export const evolveDocument = (projection: AnyProjection, before: Versioned, commits: readonly Commit[]): Versioned =>
  commits.reduce<Versioned>((now, commit) => {
    if (commit.version !== now.version + 1) throw new Error(`${projection.name}: version ${commit.version} does not follow ${now.version}`);
    const events = fromStored(projection.events, commit, (type) => rowOf(projection.evolve, type) !== undefined);
    const document = events.reduce<Versioned['document']>(
      (folded, { type, data, metadata }) => projection.evolve[type]?.(folded ?? projection.initialState(), data, metadata),
      now.document,
    );
    return { document, version: lastVersion(commit), recordedAt: commit.recordedAt };
  }, before);
