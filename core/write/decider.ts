import type * as z from 'zod';
import type { AnswerOf, ExactMessage, Fitting, Literal, Literals, Rows } from '../basics/exact.ts';
import { type Catalogue, type MessageOf, type NewMessageOf, rowOf } from '../basics/messages.ts';
import type { Folding } from '../log/event-store.ts';
import { checkEvent, fromStored } from '../log/stored-events.ts';
import { currentVersion } from '../log/upcasting.ts';

/** The whole behaviour of one aggregate: commands in, events out, without I/O. */
export interface Decider<S, C extends Catalogue, E extends Catalogue> {
  readonly name: string;
  readonly commands: C;
  readonly events: E;
  readonly initialState: () => S;
  /** A row for each command. It returns events, or `[]` if there is nothing to change, or refuses with `ensure`. */
  readonly decide: { readonly [T in keyof C & string]: (data: z.output<C[T]>, state: S) => readonly NewMessageOf<E>[] };
  /** Raise it when `evolve` folds the same events into another state. Snapshots of an older revision are then ignored. The default is 1. */
  readonly revision?: number;
  /** The unique names that an aggregate holds in a state. Two aggregates cannot hold the same name. */
  readonly claims?: (state: S) => readonly string[];
  /** The scope that a token needs for a command. The default is `order:write`, with the name of the decider. */
  readonly scopes?: { readonly [T in keyof C & string]?: string };
  /**
   * The owner of an aggregate in a state: the actor of a token, or nobody. A token without the scope `order:read` then reads the streams of
   * its actor, and no others. The default is that it reads none. It must not throw.
   */
  readonly owner?: (state: S) => string | undefined;
  /** The scope that such a token needs for that. The default is that any access token may read its own. */
  readonly ownScope?: string;
  /** A row for each event. It must not throw and must not judge: a recorded event has happened. */
  readonly evolve: { readonly [T in keyof E & string]: (state: S, data: z.output<E[T]>) => S };
}

/**
 * Defines an aggregate: the commands that it takes, the events that it records, and its decisions. The types come from `commands`, `events`
 * and `initialState`. Annotate the return type of `initialState` if a field has only some values: `(): Order => …`. A missing or misspelt
 * row, wrong data, and a field that no schema names do not compile. `decide` and `evolve` are pure and synchronous: time and ids are data.
 *
 * @example
 * export const order = defineDecider({
 *   name: 'order',
 *   commands: { PlaceOrder: z.object({ totalCents: z.int() }), CancelOrder: z.object({ reason: z.string() }) },
 *   events: { OrderPlaced: z.object({ totalCents: z.int() }), OrderCancelled: z.object({ reason: z.string() }) },
 *   initialState: (): { readonly status: 'new' | 'placed' | 'cancelled' } => ({ status: 'new' }),
 *   decide: {
 *     PlaceOrder: (placement, { status }) => {
 *       ensure(status === 'new', 'OrderAlreadyPlaced');
 *       return [{ type: 'OrderPlaced', data: placement }];
 *     },
 *     CancelOrder: (cancellation, { status }) => (status === 'cancelled' ? [] : [{ type: 'OrderCancelled', data: cancellation }]),
 *   },
 *   evolve: {
 *     OrderPlaced: () => ({ status: 'placed' }),
 *     OrderCancelled: () => ({ status: 'cancelled' }),
 *   },
 * });
 */
export const defineDecider = <
  S,
  C extends Catalogue,
  E extends Catalogue,
  D extends Decider<S, C, E>['decide'],
  V extends { readonly [T in keyof E & string]: (state: S, data: z.output<E[T]>) => S | Literals<L> },
  L extends Literal,
>(
  decider: DeciderDefinition<S, C, E, D, V>,
): Decider<S, C, E> => decider as unknown as Decider<S, C, E>;

/** The argument of `defineDecider`. `D` and `V` are the inferred types of the tables `decide` and `evolve`. */
export interface DeciderDefinition<S, C extends Catalogue, E extends Catalogue, D, V>
  extends Omit<Decider<S, C, E>, 'initialState' | 'commands' | 'events' | 'decide' | 'evolve'> {
  readonly commands: C;
  readonly events: E;
  readonly initialState: () => S;
  readonly decide: D & Rows<D, keyof C & string, { readonly [T in keyof D]: ExactEvents<AnswerOf<D[T]>, E> }, 'a command of this decider'>;
  readonly evolve: V &
    Rows<V, keyof E & string, { readonly [T in keyof V]: Fitting<AnswerOf<V[T]>, S, 'the state'> }, 'an event of this decider'>;
}

type ExactEvents<G, E extends Catalogue> = G extends readonly unknown[] ? { readonly [I in keyof G]: ExactMessage<G[I], E> } : G;

// biome-ignore lint/suspicious/noExplicitAny: TypeScript has no "some decider, never mind which".
export type AnyDecider = Decider<any, any, any>;
export type EventOf<D extends AnyDecider> = MessageOf<D['events']>;
export type CommandOf<D extends AnyDecider> = MessageOf<D['commands']>;
export type StateOf<D extends AnyDecider> = ReturnType<D['initialState']>;

/** Folds events into a state. @throws Error if `evolve` has no row for an event's type, because other code recorded it. */
export const fold = <D extends AnyDecider>(
  decider: D,
  events: readonly EventOf<D>[],
  state: StateOf<D> = decider.initialState(),
): StateOf<D> => events.reduce((folded, { type, data }) => required(decider.evolve, type)(folded, data), state);

/** The events that the aggregate decides on, checked against their schemas. @throws Refusal; InvalidEvent. */
export const decide = <D extends AnyDecider>(decider: D, { type, data }: CommandOf<D>, state: StateOf<D>): readonly EventOf<D>[] =>
  required(decider.decide, type)(data, state).map((event) => checkEvent<D['events']>(decider.events, event, decider.name));

/** How the event store folds an aggregate of this kind. */
export const foldingOf = <D extends AnyDecider>(decider: D): Folding<StateOf<D>> => {
  const known = foldings.get(decider) ?? {
    ...fingerprintsOf(decider),
    initialState: decider.initialState,
    evolve: (state, commit) => fold(decider, fromStored(decider.events, commit) as EventOf<D>[], state),
  };
  foldings.set(decider, known);
  return known;
};

/**
 * Stored snapshots carry the digest of this text, so it must not change. The name in it is redundant, because a stream has one aggregate.
 * The number of event versions that the code knows only grows. Code that knows fewer of them does not read the snapshot: it folds the events,
 * and finds the one that it does not know. Code that knows more does. Releases up to 0.2 had no number in the text.
 */
const fingerprintsOf = (decider: AnyDecider): { readonly fingerprint: string; readonly earlier: readonly string[] } => {
  const code = [decider.name, decider.revision ?? 1, shapeOf(decider.initialState())];
  const known = Object.values<z.ZodType>(decider.events).reduce((sum, schema) => sum + currentVersion(schema), 0);
  const withFewer = Array.from({ length: Math.max(0, known - 1) }, (_, fewer) => JSON.stringify([...code, fewer + 1]));
  return { fingerprint: JSON.stringify([...code, known]), earlier: [...withFewer.toReversed(), JSON.stringify(code)] };
};

/** Every command needs the folding of its decider, so each is made once. */
const foldings = new WeakMap<AnyDecider, Folding<StateOf<AnyDecider>>>();

/** The kind of each field of a state: `{ status: 'string' }`. */
const shapeOf = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return Array.isArray(value) ? 'array' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part)]));
};

const required = <R>(table: Readonly<Record<string, R>>, type: string): R => {
  const row = rowOf(table, type);
  if (row === undefined) throw new Error(`no row for '${type}'`);
  return row;
};
