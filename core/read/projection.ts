import * as z from 'zod';
import type { AnswerOf, Fitting, Literal, Literals, Rows } from '../basics/exact.ts';
import { type Catalogue, type MessageOf, type Metadata, type Recorded, rowOf } from '../basics/messages.ts';
import { type Commit, lastVersion } from '../log/event-store.ts';
import { guarded, readable } from '../log/poison.ts';
import { restored } from '../log/stored-events.ts';

/** Documents that share the value of the field `partition`, in the order of the field `sort`. Both are strings or numbers. */
export interface Index<Field extends string = string> {
  readonly partition: Field;
  readonly sort: Field;
}

/**
 * Events in, documents out: a fold kept up to date. Without `key` there is one document for each stream of one aggregate.
 * With it a document is made of many streams, whose events come in no order among each other: its rows have to commute.
 */
export interface Projection<D, E extends Catalogue> {
  readonly name: string;
  /** Goes up when the documents are to be built anew; each revision has a table of its own. */
  readonly revision: number;
  readonly events: E;
  /** The shape of a document, for those who read it. */
  readonly document: z.ZodType<D>;
  readonly indexes?: Readonly<Record<string, Index<KeyField<D>>>>;
  /** What a token has to grant for reading it; `order-summary:read` where none is named. */
  readonly scope?: string;
  /** The document that an event belongs to, in 1,024 bytes with the tenant's name; `undefined` for none. */
  key?(event: Recorded<MessageOf<E>>): string | undefined;
  readonly initialState: () => D;
  /** A row for each event type that matters here. `null` deletes the document. */
  readonly evolve: {
    readonly [T in keyof E & string]?: (document: D, data: z.output<E[T]>, metadata: Metadata) => D | null;
  };
}

type KeyField<D> = { [F in keyof D & string]-?: NonNullable<D[F]> extends string | number ? F : never }[keyof D & string];

/**
 * Defines a projection: documents that are kept up to date with events, and how they can be listed. Types flow from `events` and
 * `document`. A wrong document, a field that `document` does not name, and an index on a field that is neither a string nor a number do
 * not compile. A document has 392 KB at most.
 *
 * @example
 * const document = z.object({ customerId: z.string(), status: z.enum(['placed', 'shipped']), placedAt: z.string() });
 *
 * export const orderSummary = defineProjection({
 *   name: 'order-summary',
 *   revision: 1,
 *   events,
 *   document,
 *   indexes: { byCustomer: { partition: 'customerId', sort: 'placedAt' } },
 *   initialState: () => ({ customerId: '', status: 'placed', placedAt: '' }),
 *   evolve: {
 *     OrderPlaced: (order, { customerId }, { recordedAt }) => ({ ...order, customerId, placedAt: recordedAt }),
 *     OrderShipped: (order) => ({ ...order, status: 'shipped' }),
 *     OrderCancelled: () => null,
 *   },
 * });
 */
export const defineProjection = <
  D,
  E extends Catalogue,
  V extends { readonly [T in keyof E & string]?: (document: D, data: z.output<E[T]>, metadata: Metadata) => D | null | Literals<L> },
  L extends Literal,
  const I extends IndexesOf<D, I>,
  N extends () => D | Literals<L>,
>(
  projection: ProjectionDefinition<D, E, V, I, N>,
): Projection<D, E> => projection as unknown as Projection<D, E>;

/** A projection as it is written: `V`, `I` and `N` are its rows, indexes and initial document, as far as the compiler sees them. */
export interface ProjectionDefinition<D, E extends Catalogue, V, I, N>
  extends Omit<Projection<D, E>, 'events' | 'document' | 'initialState' | 'evolve' | 'indexes' | 'key'> {
  readonly events: E;
  readonly document: z.ZodType<D>;
  readonly initialState: N & (() => Fitting<AnswerOf<N>, D, 'the document'>);
  key?(event: Recorded<MessageOf<E>>): string | undefined;
  readonly indexes?: I;
  readonly evolve: V &
    Rows<
      V,
      keyof E & string,
      { readonly [T in keyof V]: Fitting<AnswerOf<V[T]>, D | null, 'the document'> },
      'an event of this projection'
    >;
}

/** Indexes on fields that can be keys. `I` is what they are, so that a field that cannot be one is named. */
type IndexesOf<D, I> = {
  readonly [N in keyof I]: {
    readonly partition: FieldOfIndex<D, I[N] extends { readonly partition: infer F } ? F : never>;
    readonly sort: FieldOfIndex<D, I[N] extends { readonly sort: infer F } ? F : never>;
  };
};

/** A field that can be a key, or a text that says why it cannot. */
type FieldOfIndex<D, F> = [F] extends [never]
  ? KeyField<D>
  : F extends KeyField<D>
    ? F
    : F extends keyof D
      ? `'${F & string}' cannot be a field of an index: it is neither a string nor a number`
      : KeyField<D>;

// biome-ignore lint/suspicious/noExplicitAny: the existential "some projection".
export type AnyProjection = Projection<any, any>;

/** Whether a document is that of one stream, with the stream's id for a key; otherwise `key` chooses among documents of many streams. */
export const isOfOneStream = ({ key }: AnyProjection): boolean => key === undefined;

/** A projection's table among the tables of read models: each revision has one. */
export const tableKey = ({ name, revision }: AnyProjection): string => `${name}@${revision}`;

/** The index of the streams that were set aside, and the attribute that it is on; every read table has it. */
export const parkedIndex = 'parked';

/** What a field of the document is to an index. @throws Error, naming the projection and the field, where it can be no key. */
export const keyTypeOf = (projection: AnyProjection, field: string): 'string' | 'number' => {
  const properties = propertiesOf.get(projection) ?? z.toJSONSchema(projection.document).properties ?? {};
  propertiesOf.set(projection, properties);
  const property = properties[field];
  const type = typeof property === 'object' ? property.type : undefined;
  if (type === 'string') return 'string';
  if (type === 'number' || type === 'integer') return 'number';
  throw new Error(`${projection.name}: '${field}' is indexed, so it has to be a string or a number`);
};

/** Asked for every document that is written, so it is worked out once. */
const propertiesOf = new WeakMap<AnyProjection, Readonly<Record<string, z.core.JSONSchema._JSONSchema>>>();

/** A document and how fresh it is. Without `document` there is none: not yet, or deleted; the version is kept all the same. */
export interface Versioned {
  readonly document: Readonly<Record<string, unknown>> | null;
  /** The version of the stream that the document holds; of a document of many streams, how often it was written. */
  readonly version: number;
  /** When the last event in it was recorded; ISO 8601. */
  readonly recordedAt: string;
}

export const nothing: Versioned = { document: null, version: 0, recordedAt: '1970-01-01T00:00:00.000Z' };

/** The events of a commit that the projection has a row for. @throws Poison. */
export const eventsFor = (projection: AnyProjection, commit: Commit): Recorded[] =>
  readable(commit)
    .filter(({ type }) => rowOf(projection.evolve, type) !== undefined)
    .map((event) => guarded(event, () => restored(projection.events, event, commit)));

/** The document with one more event in it. @throws Poison. */
export const evolveDocument = (projection: AnyProjection, document: Versioned['document'], event: Recorded): Versioned['document'] =>
  guarded(event, () => projection.evolve[event.type]?.(document ?? projection.initialState(), event.data, event.metadata));

/** The document that an event belongs to. @throws Poison. */
export const keyOf = ({ key }: AnyProjection, event: Recorded): string | undefined => guarded(event, () => key?.(event));

/** The document of one stream with a commit of it folded in. @throws Poison; Error where the commit does not follow: then the gate has failed. */
export const foldCommit = (projection: AnyProjection, before: Versioned, commit: Commit): Versioned => {
  if (commit.version !== before.version + 1)
    throw new Error(`${projection.name}: version ${commit.version} does not follow ${before.version}`);
  const events = eventsFor(projection, commit);
  const document = events.reduce((folded, event) => evolveDocument(projection, folded, event), before.document);
  return { document, version: lastVersion(commit), recordedAt: commit.recordedAt };
};
