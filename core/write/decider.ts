import type * as z from 'zod';
import type { AnswerOf, ExactMessage, Fitting, Literal, Literals, Rows } from '../basics/exact.ts';
import { type Catalogue, type Message, type MessageOf, type NewMessageOf, rowOf } from '../basics/messages.ts';
import type { Folding } from '../log/event-store.ts';
import { storedTypes } from '../log/former.ts';
import { checkEvent, fromStored } from '../log/stored-events.ts';
import { conversionsOf, currentVersion } from '../log/upcasting.ts';
import { answerSchema, answersOf } from './answers.ts';
import {
  type Circumstances,
  type EventCircumstances,
  eventCircumstances,
  unknownCircumstances,
  unknownEventCircumstances,
} from './circumstances.ts';
import { type CircumstancesOf, type ReadsFor, readingsOf, type WithReads } from './reads.ts';

/** The whole behaviour of one aggregate: commands in, events out, without I/O. */
export interface Decider<S, C extends Catalogue, E extends Catalogue, R = object, A extends Catalogue = Catalogue> {
  readonly name: string;
  readonly commands: C;
  readonly events: E;
  readonly initialState: () => S;
  /**
   * The other aggregates that a command reads, by name: `{ Subscribe: { course: { of: course, id: ({ courseId }) => courseId } } }`. The
   * command's row in `decide` gets them as `reads`, and its commit holds only if none of them has moved. It must stand before `decide`.
   */
  readonly reads?: R;
  /**
   * A row for each command. It returns events, or `[]` if there is nothing to change, or refuses with `ensure`. A command that has a row in
   * `answers` returns `{ events, answer }`.
   */
  readonly decide: {
    readonly [T in keyof C & string]: (
      data: z.output<C[T]>,
      state: S,
      circumstances: CircumstancesOf<R, T>,
    ) => readonly NewMessageOf<E>[] | Answered<E, unknown>;
  };
  /**
   * The schema of what a command answers to its caller. The answer is stored with the events, and a repeated request gets it again. A
   * decision without events stores nothing, so its repetition is decided and answered anew.
   */
  readonly answers?: A;
  /**
   * Rules on who may send a command: a client for which the row does not return `true` gets 403 (`NotAllowed`). Like a refusal, it is
   * decided on proven state. Sagas and other processes are not asked.
   */
  readonly allow?: {
    readonly [T in keyof C & string]?: (circumstances: CircumstancesOf<R, T>, state: S, data: z.output<C[T]>) => boolean;
  };
  /** Commands that only processes send. For a client they do not exist. */
  readonly internal?: readonly (keyof C & string)[];
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
  /**
   * A row for each event. It must not throw and must not judge: a recorded event has happened. A row always gets the circumstances. A test
   * that calls a row which does not read them may leave them out.
   */
  readonly evolve: { readonly [T in keyof E & string]: (state: S, data: z.output<E[T]>, circumstances?: EventCircumstances) => S };
}

/** A decision that answers its caller. */
export interface Answered<E extends Catalogue, Answer> {
  readonly events: readonly NewMessageOf<E>[];
  readonly answer: Answer;
}

/**
 * Defines an aggregate: the commands that it takes, the events that it records, and its decisions. The types come from `commands`, `events`
 * and `initialState`. Annotate the return type of `initialState` if a field has only some values: `(): Order => …`. A missing or misspelt
 * row, wrong data, and a field that no schema names do not compile. `decide` and `evolve` are pure and synchronous: time and ids are data.
 * The third argument of a `decide` row is the circumstances (`now`, `actor`, `tenant`, `grants`), that of an `evolve` row is what the event
 * was recorded with (`recordedAt`, `version`, `actor`).
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
  A extends Catalogue,
  R extends ReadsFor<C>,
  D extends RowsOf<S, C, never, readonly NewMessageOf<E>[] | Answered<E, unknown>>,
  V extends {
    readonly [T in keyof E & string]: (state: S, data: z.output<E[T]>, circumstances: EventCircumstances) => S | Literals<L>;
  },
  L extends Literal,
>(
  decider: DeciderDefinition<S, C, E, A, R, D, V>,
): Decider<S, C, E, R, A> => decider as unknown as Decider<S, C, E, R, A>;

/** The argument of `defineDecider`. `D`, `V`, `A` and `R` are the inferred types of the tables `decide`, `evolve`, `answers`, `reads`. */
export interface DeciderDefinition<S, C extends Catalogue, E extends Catalogue, A extends Catalogue, R, D, V>
  extends Omit<Decider<S, C, E, R>, 'initialState' | 'commands' | 'events' | 'reads' | 'decide' | 'evolve' | 'answers'> {
  readonly commands: C;
  readonly events: E;
  readonly initialState: () => S;
  readonly reads?: R & { readonly [T in keyof R]: T extends keyof C ? R[T] : `'${T & string}' is not a command of this decider` };
  readonly decide: D &
    RowsOf<S, C, R, unknown> &
    Rows<D, keyof C & string, { readonly [T in keyof D]: ExactDecision<AnswerOf<D[T]>, E, A, T> }, 'a command of this decider'>;
  readonly evolve: V &
    Rows<V, keyof E & string, { readonly [T in keyof V]: Fitting<AnswerOf<V[T]>, S, 'the state'> }, 'an event of this decider'>;
  readonly answers?: A & { readonly [T in keyof A]: T extends keyof C ? A[T] : `'${T & string}' is not a command of this decider` };
}

/** The rows of `decide`. The compiler takes the circumstances from `R`. A constraint of `D` cannot know `R` yet, so it passes `never`. */
type RowsOf<S, C extends Catalogue, R, Answer> = {
  readonly [T in keyof C & string]: (
    data: z.output<C[T]>,
    state: S,
    circumstances: [R] extends [never] ? never : CircumstancesOf<R, T>,
  ) => Answer;
};

/** A list of events, or events and the answer that the command's row in `answers` describes. */
type ExactDecision<G, E extends Catalogue, A extends Catalogue, T> =
  T extends Known<keyof A>
    ? ExactAnswer<G, E, z.output<A[T]>>
    : G extends readonly unknown[]
      ? ExactEvents<G, E>
      : readonly NewMessageOf<E>[];
/** The names of a table. Without `answers` the compiler takes any text for a name. */
type Known<N> = string extends N ? never : N;
type ExactAnswer<G, E extends Catalogue, W> = G extends { readonly events: infer Events; readonly answer: infer Answer }
  ? { readonly events: ExactEvents<Events, E>; readonly answer: Fitting<Answer, W, 'the answer'> }
  : Answered<E, W>;
type ExactEvents<G, E extends Catalogue> = G extends readonly unknown[] ? { readonly [I in keyof G]: ExactMessage<G[I], E> } : G;

// biome-ignore lint/suspicious/noExplicitAny: TypeScript has no "some decider, never mind which".
export type AnyDecider = Decider<any, any, any, any, any>;
export type EventOf<D extends AnyDecider> = MessageOf<D['events']>;
export type CommandOf<D extends AnyDecider> = MessageOf<D['commands']>;
export type StateOf<D extends AnyDecider> = ReturnType<D['initialState']>;

/** An event to fold. A decider whose `evolve` reads `recordedAt`, `version` or `actor` needs the metadata. */
export type EventToFold<D extends AnyDecider> = EventOf<D> & { readonly metadata?: EventCircumstances };

/** Folds events into a state. @throws Error if `evolve` has no row for an event's type, because other code recorded it. */
export const fold = <D extends AnyDecider>(
  decider: D,
  events: readonly EventToFold<D>[],
  state: StateOf<D> = decider.initialState(),
): StateOf<D> =>
  events.reduce((folded, { type, data, metadata }) => {
    const circumstances = metadata === undefined ? unknownEventCircumstances : eventCircumstances(metadata);
    return required(decider.evolve, type)(folded, data, circumstances);
  }, state);

/** The events that the aggregate decides on, checked against their schemas. @throws Refusal; InvalidEvent. */
export const decide = <D extends AnyDecider>(
  decider: D,
  command: CommandOf<D>,
  state: StateOf<D>,
  circumstances: Circumstances & Partial<WithReads> = unknownCircumstances,
): readonly EventOf<D>[] => decisionOn(decider, command, state, circumstances).events;

/** What an aggregate decides: events, and an answer if the command has one. */
export interface Decision<D extends AnyDecider> {
  readonly events: readonly EventOf<D>[];
  readonly answer?: unknown;
}

/** The aggregate's decision, checked against the schemas. @throws Refusal; InvalidEvent; Error if an answer is missing or has no schema. */
export const decisionOn = <D extends AnyDecider>(
  decider: D,
  { type, data }: CommandOf<D>,
  state: StateOf<D>,
  circumstances: Circumstances & Partial<WithReads>,
): Decision<D> => {
  if (readingsOf(decider, type) !== undefined && circumstances.reads === undefined)
    throw new Error(`${decider.name}: decide.${type} reads other aggregates: pass them as \`reads\` in the circumstances`);
  const decided: readonly Message[] | Decision<AnyDecider> = required(decider.decide, type)(data, state, circumstances);
  const isAnswered = answerSchema(decider, type) !== undefined;
  if (isList(decided) === isAnswered)
    throw new Error(`${decider.name}: decide.${type} must return ${isAnswered ? '{ events, answer }' : 'a list of events'}`);
  const events = (isList(decided) ? decided : decided.events).map((event) => checkEvent<D['events']>(decider.events, event, decider.name));
  if (isList(decided)) return { events };
  const { data: answer } = checkEvent(answersOf(decider), { type, data: decided.answer }, `${decider.name}: the answer`);
  return { events, answer };
};

const isList = (decided: object): decided is readonly Message[] => Array.isArray(decided);

/** Whether a client may send a command. Only `true` allows it: a promise, for example, does not. */
export const isAllowed = <D extends AnyDecider>(
  { allow = {} }: D,
  { type, data }: CommandOf<D>,
  state: StateOf<D>,
  circumstances: Circumstances,
): boolean => {
  const rule = rowOf<AllowRule | undefined>(allow, type);
  return rule === undefined || rule(circumstances, state, data) === true;
};
type AllowRule = (circumstances: Circumstances, state: unknown, data: unknown) => unknown;

/** How the event store folds an aggregate of this kind. */
export const foldingOf = <D extends AnyDecider>(decider: D): Folding<StateOf<D>> => {
  const known = foldings.get(decider) ?? {
    ...fingerprintsOf(decider),
    initialState: decider.initialState,
    evolve: (state, commit) => fold(decider, fromStored(decider.events, commit) as EventToFold<D>[], state),
  };
  foldings.set(decider, known);
  return known;
};

/**
 * Stored snapshots carry the digest of this text, so it must not change. The name in it is redundant, because a stream has one aggregate.
 * The number of event versions that the code knows, and of those that it turns into other
 * events, only grows. Code that knows fewer of them does not read the snapshot: it folds the events,
 * and finds the one that it does not know. Code that knows more does. Releases up to 0.2 had no number in the text.
 */
const fingerprintsOf = (decider: AnyDecider): { readonly fingerprint: string; readonly earlier: readonly string[] } => {
  const code = [decider.name, decider.revision ?? 1, shapeOf(decider.initialState())];
  const known = storedTypes(decider.events).reduce(
    (sum, [, schema]) => sum + currentVersion(schema) + Object.keys(conversionsOf(schema)).length,
    0,
  );
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
