import type * as z from 'zod';
import type { Answering, AnswerOf, ExactMessage, Fitting, Wrong } from '../basics/exact.ts';
import type { Metadata } from '../basics/messages.ts';
import type { AnyDecider } from '../write/decider.ts';

// The forms of a saga's steps, for the compiler.

/** One row of a saga's table. `D` is the aggregate that it names with `to`. */
export type Step<C, D, Names = string> = D extends AnyDecider ? Acting<C, D, Names> | WaitingFor<C, D> : Choosing<C> | WaitingUntil<C>;

type Acting<C, D extends AnyDecider, Names> =
  | (Once<C, D, Names> & (Answered<OfRound<C, D>> | Awaiting<D, OfRound<C, D>>))
  | { [F in ListIn<C>]: ForEach<C, F, D> & Awaited<D, ItemSent<C, F, D>> }[ListIn<C>];

/** Which executions do the step. */
interface Placed<C> {
  /** The branch that the step belongs to, of the choice above it. */
  readonly branch?: string;
  /** Whether the step is done at all. It is asked when its turn comes, and the answer is kept. */
  readonly when?: (context: C) => boolean;
}

/** A command that is made of the context, and of the number of the round, from 0, if the step repeats. */
type OfRound<C, D extends AnyDecider> = (context: C, round: number) => Sent<D>;

interface Once<C, D extends AnyDecider, Names> extends Placed<C> {
  readonly forEach?: undefined;
  /** The step that this one begins together with: the first step of its group, right above it. */
  readonly alongside?: Names;
  /** The aggregate that receives the commands of the step and of its undo, and records the awaited events. */
  readonly to: D;
  readonly send: OfRound<C, D>;
  readonly learns?: Learns<C, D>;
  /** Does the step again and again. Each round sends a command of its own, and is undone by a command of its own. */
  readonly repeat?: Repeat<C>;
}

/** Whether a round begins, asked before each, the first too; and the most rounds. A saga that would begin one more goes back. */
export interface Repeat<C> {
  readonly while: (context: C, round: number) => boolean;
  /** A whole number from 1 to 200. */
  readonly atMost: number;
}

/**
 * What the saga learns from a step: a row for each event, or for each command that answers its sender. It returns the context that the
 * later steps, and the commands that undo, see. The event is the awaited one; without `awaits`, it is one that the command recorded, or
 * the newest in the stream if the command had nothing to do.
 */
type Learns<C, D extends AnyDecider> = {
  readonly [E in keyof D['events'] & string]?: (data: z.output<D['events'][E]>, context: C, metadata: Metadata) => C;
} & LearnsAnswers<C, D>;
type LearnsAnswers<C, D extends AnyDecider> = D extends { readonly answers?: infer A }
  ? { readonly [T in KnownKeys<A>]?: (answer: OutputOf<NonNullable<A>[T & keyof NonNullable<A>]>, context: C) => C }
  : unknown;
/** The names of a table. A decider without `answers` has the type of any table. */
type KnownKeys<A> = string extends keyof NonNullable<A> ? never : keyof NonNullable<A> & string;
type OutputOf<S> = S extends z.ZodType ? z.output<S> : never;

interface ForEach<C, F extends keyof C, D extends AnyDecider> extends Placed<C> {
  /** The name of a list in the context, of at most 200 items. The step sends one command per item. */
  readonly forEach: F;
  readonly alongside?: undefined;
  readonly to: D;
  readonly send: ItemSent<C, F, D>;
}
type ItemSent<C, F extends keyof C, D extends AnyDecider> = (item: ItemOf<C[F]>, context: C, index: number) => Sent<D>;

/** A step that ends with its command's answer. Without `undo` it is the point of no return. */
interface Answered<U> {
  readonly awaits?: undefined;
  readonly undo?: 'nothing' | U;
}

/** The events that end a step; at least one of them must proceed. (With renamed keys the compiler could not infer `data`.) */
type Awaits<D extends AnyDecider> = {
  readonly [E in keyof D['events'] & string]?: 'proceed' | ((data: z.output<D['events'][E]>) => Abort);
};

interface Awaiting<D extends AnyDecider, U> {
  readonly awaits: Awaits<D>;
  /** A whole number from 1. All steps of a saga together may wait for at most 300 days. */
  readonly timeoutSeconds: number;
  /**
   * Whether only an event that is recorded after the command answers the step. Without it a command that decides `[]`, because what it asks
   * for is so already, is answered by the newest awaited event of the stream.
   */
  readonly onlyNew?: true;
  readonly undo: 'nothing' | U;
}
type Awaited<D extends AnyDecider, U> = (Answered<U> & { readonly undo: 'nothing' | U }) | Awaiting<D, U>;

/** A step that sends nothing: it ends when the stream has one of the events, also if that was recorded before the step began. */
interface WaitingFor<C, D extends AnyDecider> extends Placed<C> {
  readonly to: D;
  readonly forEach?: undefined;
  readonly alongside?: undefined;
  readonly send?: undefined;
  /** The id of the aggregate that records the event. */
  readonly of: (context: C) => string;
  readonly awaits: Awaits<D>;
  readonly timeoutSeconds: number;
  readonly learns?: Learns<C, D>;
  /** What a saga does whose event has not come in time: it goes on, with the context that this returns. Without it, the saga goes back. */
  readonly late?: (context: C) => C;
}

/** A step that ends at a time. */
interface WaitingUntil<C> extends Placed<C> {
  readonly to?: undefined;
  readonly forEach?: undefined;
  /** The time, in ISO 8601. A time that is over ends the step at once. */
  readonly until: (context: C) => string;
  /** The longest wait. A saga whose time is further ahead goes back. All steps of a saga together may wait for at most 300 days. */
  readonly maxDays: number;
}

/** A row that chooses the branch that the execution takes. The steps of the branches stand right below it. */
interface Choosing<C> {
  readonly to?: undefined;
  readonly forEach?: undefined;
  /** The name of a branch. It is asked once, and the answer is kept. */
  readonly choose: (context: C) => string;
  /** The names of the branches. One that no step names leads to the steps after all branches. */
  readonly branches: readonly string[];
}

/** A command, and the id of the aggregate that it is sent to. */
export type Sent<D extends AnyDecider> = {
  [T in keyof D['commands'] & string]: { readonly id: string; readonly type: T; readonly data: z.output<D['commands'][T]> };
}[keyof D['commands'] & string];

/** The answer of an event that aborts the saga. `onAbort` receives the first 200 bytes of the reason. */
export interface Abort {
  readonly abort: string;
}
/**
 * Aborts the saga, as the answer of a row of `awaits`: the saga undoes the earlier steps, and `onAbort` receives the reason.
 *
 * @example
 * const awaits = { PaymentReceived: 'proceed', PaymentDeclined: ({ reason }: { reason: string }) => abort(reason) };
 */
export const abort = (reason: string): Abort => ({ abort: reason });

type ListIn<C> = { [F in keyof C & string]: C[F] extends readonly unknown[] ? F : never }[keyof C & string];
type ItemOf<L> = L extends readonly (infer I)[] ? I : never;

/** A step without excess fields: in its commands, in its tables, in the contexts that it returns, and beside them. */
export type ExactStep<P, D, C> = D extends AnyDecider ? ExactActing<P, D, C> : ExactRow<P, 'choose' | 'branches' | 'until' | 'maxDays'>;

type ExactRow<P, Fields extends string> = {
  readonly [F in keyof P]: F extends Fields | 'branch' | 'when' ? P[F] : Wrong<`'${F & string}' is no field of a row without 'to'`>;
};

type ExactActing<P, D extends AnyDecider, C> = {
  readonly [F in keyof P]: F extends 'send' | 'undo'
    ? Answering<P[F], ExactSent<AnswerOf<P[F]>, D>>
    : F extends 'awaits'
      ? {
          readonly [E in keyof P[F]]: E extends keyof D['events']
            ? P[F][E]
            : Wrong<`'${E & string}' is not an event of the aggregate that does the step`>;
        }
      : F extends 'learns'
        ? ExactLearns<P[F], P, D, C>
        : F extends 'timeoutSeconds' | 'onlyNew'
          ? P extends { readonly awaits: object }
            ? P[F]
            : Wrong<`a step that awaits nothing has no ${F}`>
          : F extends 'late'
            ? P extends { readonly send: unknown }
              ? Wrong<'a step that sends a command has no late: it is undone if it is not answered in time'>
              : Answering<P[F], Fitting<AnswerOf<P[F]>, C, 'the context'>>
            : F extends StepField
              ? P[F]
              : Wrong<`'${F & string}' is no field of a step`>;
};
type StepField = 'to' | 'forEach' | 'alongside' | 'of' | 'repeat' | 'branch' | 'when';

type ExactLearns<L, P, D extends AnyDecider, C> = {
  readonly [E in keyof L]: P extends { readonly awaits: infer A }
    ? E extends keyof A
      ? Answering<L[E], Fitting<AnswerOf<L[E]>, C, 'the context'>>
      : Wrong<`the step does not await '${E & string}'`>
    : E extends keyof D['events'] | KnownKeys<D['answers']>
      ? Answering<L[E], Fitting<AnswerOf<L[E]>, C, 'the context'>>
      : Wrong<`'${E & string}' is neither an event nor an answered command of the aggregate that does the step`>;
};

export type ExactSent<G, D extends AnyDecider> = ExactMessage<G, D['commands']> &
  (G extends { readonly id: infer Id } ? { readonly id: Id } : unknown);
