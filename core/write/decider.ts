import type * as z from 'zod';
import type { AnswerOf, ExactMessage, Fitting, Literal, Literals, Rows } from '../basics/exact.ts';
import { type Catalogue, type MessageOf, type NewMessageOf, rowOf } from '../basics/messages.ts';
import type { Folding } from '../log/event-store.ts';
import { checkEvent, fromStored } from '../log/stored-events.ts';

/** Commands in, events out: the whole behaviour of one aggregate, free of I/O. */
export interface Decider<S, C extends Catalogue, E extends Catalogue> {
  readonly name: string;
  readonly commands: C;
  readonly events: E;
  readonly initialState: () => S;
  /** Events, or `[]` (it is so already), or a refusal by `ensure`. */
  readonly decide: { readonly [T in keyof C & string]: (data: z.output<C[T]>, state: S) => readonly NewMessageOf<E>[] };
  /** Goes up when `evolve` makes another state of the same events, so that states kept by the old code are not read. */
  readonly revision?: number;
  /** The names that the aggregate holds in a state; no two aggregates hold the same one. */
  readonly claims?: (state: S) => readonly string[];
  /** What a token has to grant for a command; `order:write` where none is named. */
  readonly scopes?: { readonly [T in keyof C & string]?: string };
  /** Never throws, never judges: what is recorded has happened. */
  readonly evolve: { readonly [T in keyof E & string]: (state: S, data: z.output<E[T]>) => S };
}

/**
 * Defines an aggregate: which commands it takes, which events it records, and what it decides. Types flow from `commands`, `events` and
 * `initialState`; annotate what `initialState` returns where a field has only some values, `(): Order => …`. A missing or misspelt row,
 * wrong data, and a field that no schema names do not compile. `decide` and `evolve` are pure and synchronous: time and ids are data.
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

/** A decider as it is written: `D` and `V` are its two tables, as far as the compiler sees what their rows answer. */
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

/** The state after these events. @throws Error where the code has no row for a recorded type: data from another version of it. */
export const fold = <D extends AnyDecider>(
  decider: D,
  events: readonly EventOf<D>[],
  state: StateOf<D> = decider.initialState(),
): StateOf<D> => events.reduce((folded, { type, data }) => required(decider.evolve, type)(folded, data), state);

/** What the aggregate answers to a command: events, checked before anybody may store them. @throws Refusal, InvalidEvent. */
export const decide = <D extends AnyDecider>(decider: D, { type, data }: CommandOf<D>, state: StateOf<D>): readonly EventOf<D>[] =>
  required(decider.decide, type)(data, state).map((event) => checkEvent<D['events']>(decider.events, event, decider.name));

/** How the event store folds an aggregate. */
export const foldingOf = <D extends AnyDecider>(decider: D): Folding<StateOf<D>> => {
  const known = foldings.get(decider) ?? {
    // Snapshots are stored under it, so it stays as it is: the name tells nothing, for a stream has one aggregate.
    fingerprint: JSON.stringify([decider.name, decider.revision ?? 1, shapeOf(decider.initialState())]),
    initialState: decider.initialState,
    evolve: (state, commit) => fold(decider, fromStored(decider.events, commit) as EventOf<D>[], state),
  };
  foldings.set(decider, known);
  return known;
};

/** Asked for every command, so it is worked out once. */
const foldings = new WeakMap<AnyDecider, Folding<StateOf<AnyDecider>>>();

/** The kinds of a state's parts, by name: `{ status: 'string' }`. */
const shapeOf = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return Array.isArray(value) ? 'array' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part)]));
};

const required = <R>(table: Readonly<Record<string, R>>, type: string): R => {
  const row = rowOf(table, type);
  if (row === undefined) throw new Error(`no row for '${type}'`);
  return row;
};
