import type * as z from 'zod';
import type { AnswerOf, Fitting, Literal, Literals, Rows } from '../basics/exact.ts';
import { type JsonSchema, jsonSchemaOf } from '../basics/json-schema.ts';
import { type Catalogue, type MessageOf, type Metadata, parse, type Recorded, rowOf } from '../basics/messages.ts';
import { type Commit, lastVersion } from '../log/event-store.ts';
import { typesToday } from '../log/former.ts';
import { guarded, readable } from '../log/poison.ts';
import { restored } from '../log/stored-events.ts';

/** Lists the documents with one value of the field `partition`, in the order of the field `sort`. Both fields are strings or numbers. */
export interface Index<Field extends string = string> {
  readonly partition: Field;
  readonly sort: Field;
}

/**
 * Events in, documents out: a fold that is kept up to date. Without `key` each stream of one aggregate has one document. With `key` a
 * document is made of many streams. The events of different streams come in any order, so the rows must commute.
 */
export interface Projection<D, E extends Catalogue> {
  readonly name: string;
  /** Raise it to rebuild the documents from all events. Each revision has a table of its own. */
  readonly revision: number;
  readonly events: E;
  /** The shape of a document; clients find it in the API description. */
  readonly document: z.ZodType<D>;
  readonly indexes?: Readonly<Record<string, Index<KeyField<D>>>>;
  /** The scope that a token needs to read it. The default is `order-summary:read`, with the projection's name. */
  readonly scope?: string;
  /**
   * The field that names the owner of a document: the actor of a token. A token without the scope above then reads the documents of its
   * actor, and no others. The default is that it reads none.
   */
  readonly owner?: TextField<D>;
  /** The scope that such a token needs for that. The default is that any access token may read its own. */
  readonly ownScope?: string;
  /** The key of the document that an event belongs to; `undefined` for none. It has at most 1,024 bytes, the tenant's name included. */
  key?(event: Recorded<MessageOf<E>>): string | undefined;
  readonly initialState: () => D;
  /** A row for each event type that changes the document. It returns the new document; `null` deletes the document. After
   * that, the next event with a row begins with `initialState`. */
  readonly evolve: {
    readonly [T in keyof E & string]?: (document: D, data: z.output<E[T]>, metadata: Metadata) => D | null;
  };
}

/** The fields of a document that are text. */
export type TextField<D> = { [F in keyof D & string]-?: NonNullable<D[F]> extends string ? F : never }[keyof D & string];

type KeyField<D> = { [F in keyof D & string]-?: NonNullable<D[F]> extends string | number ? F : never }[keyof D & string];

/**
 * Defines a projection: documents that are kept up to date with events, and the indexes that list them. The types come from `events` and
 * `document`. A wrong document, a field that `document` does not name, and an index on a field that is neither a string nor a number do
 * not compile. A document has at most 392 KB.
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

/** The argument of `defineProjection`. `V`, `I` and `N` are the inferred types of its rows, indexes and initial document. */
export interface ProjectionDefinition<D, E extends Catalogue, V, I, N>
  extends Omit<Projection<D, E>, 'events' | 'document' | 'initialState' | 'evolve' | 'indexes' | 'key' | 'owner'> {
  readonly events: E;
  readonly document: z.ZodType<D>;
  readonly owner?: TextField<NoInfer<D>>;
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

/** Indexes on fields that can be keys. `I` is the inferred type of the indexes, so that the error names the field that cannot be a key. */
type IndexesOf<D, I> = {
  readonly [N in keyof I]: {
    readonly partition: FieldOfIndex<D, I[N] extends { readonly partition: infer F } ? F : never>;
    readonly sort: FieldOfIndex<D, I[N] extends { readonly sort: infer F } ? F : never>;
  };
};

/** `F` if the field can be a key, or a text that says why it cannot. */
type FieldOfIndex<D, F> = [F] extends [never]
  ? KeyField<D>
  : F extends KeyField<D>
    ? F
    : F extends keyof D
      ? `'${F & string}' cannot be a field of an index: it is neither a string nor a number`
      : KeyField<D>;

// biome-ignore lint/suspicious/noExplicitAny: the existential "some projection".
export type AnyProjection = Projection<any, any>;

/** Whether each stream has a document of its own, whose key is the stream's id. Otherwise `key` chooses the document of each event. */
export const isOfOneStream = ({ key }: AnyProjection): boolean => key === undefined;

/** The name of a revision's table among the read tables: `order-summary@1`. */
export const tableKey = ({ name, revision }: AnyProjection): string => `${name}@${revision}`;

/** The construct id of the table: a contract, because the table's name derives from it. */
export const tableId = ({ name, revision }: AnyProjection): string => `${name}-r${revision}`;

/** The key of the projections in the schema lock, beside the aggregates. It cannot be an aggregate's name, because it has a hyphen. */
export const readModelsKey = 'read-models';

/** The index of parked streams, and its attribute. Every read table has it. */
export const parkedIndex = 'parked';

/** The type of an indexed field. @throws Error, naming the projection and the field, if it is neither a string nor a number. */
export const keyTypeOf = (projection: AnyProjection, field: string): 'string' | 'number' => {
  const properties = propertiesOf.get(projection) ?? ((jsonSchemaOf(projection.document)['properties'] ?? {}) as Properties);
  propertiesOf.set(projection, properties);
  const property = properties[field];
  const type = property?.['type'];
  if (type === 'string') return 'string';
  if (type === 'number' || type === 'integer') return 'number';
  throw new Error(`${projection.name}: '${field}' is indexed, so it must be a string or a number`);
};

/** Every write of a document needs the schema's properties, so they are computed once. */
const propertiesOf = new WeakMap<AnyProjection, Properties>();
type Properties = Readonly<Record<string, JsonSchema>>;

/** A document and its freshness. `document` is null if it does not exist yet or was deleted; a deleted one keeps its version. */
export interface Versioned {
  readonly document: Readonly<Record<string, unknown>> | null;
  /** The version of the stream that the document contains. For a document of many streams: the number of its writes. */
  readonly version: number;
  /** When the last event in it was recorded; ISO 8601. */
  readonly recordedAt: string;
}

export const nothing: Versioned = { document: null, version: 0, recordedAt: '1970-01-01T00:00:00.000Z' };

/** The events of a commit that the projection has a row for, lifted to today's form. @throws Poison. */
export const eventsFor = (projection: AnyProjection, commit: Commit): Recorded[] =>
  readable(commit)
    .filter(({ type }) => typesToday(projection.events, type).some((today) => rowOf(projection.evolve, today) !== undefined))
    .flatMap((event) => guarded(event, () => restored(projection.events, event, commit)))
    .filter(({ type }) => rowOf(projection.evolve, type) !== undefined);

/** The document after one more event. It fits its schema: a document that does not is never written. @throws Poison, naming the fields. */
export const evolveDocument = (projection: AnyProjection, document: Versioned['document'], event: Recorded): Versioned['document'] =>
  guarded(event, () => {
    const row = rowOf(projection.evolve, event.type);
    if (row === undefined) return undefined;
    const next = row(document ?? projection.initialState(), event.data, event.metadata);
    if (next !== null) parse(projection.document, next, 'the document does not fit its schema');
    return next;
  });

/** The key of the document that an event belongs to. @throws Poison. */
export const keyOf = ({ key }: AnyProjection, event: Recorded): string | undefined => guarded(event, () => key?.(event));

/** Folds a commit into the document of its stream. @throws Poison; Error if the commit is not the next one: then the gate has a bug. */
export const foldCommit = (projection: AnyProjection, before: Versioned, commit: Commit): Versioned => {
  if (commit.version !== before.version + 1)
    throw new Error(`${projection.name}: version ${commit.version} does not follow ${before.version}`);
  const events = eventsFor(projection, commit);
  const document = events.reduce((folded, event) => evolveDocument(projection, folded, event), before.document);
  return { document, version: lastVersion(commit), recordedAt: commit.recordedAt };
};
