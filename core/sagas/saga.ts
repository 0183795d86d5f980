import type * as z from 'zod';
import { NotFound } from '../basics/errors.ts';
import type { Answering, AnswerOf, ExactMessage, Wrong } from '../basics/exact.ts';
import type { Metadata } from '../basics/messages.ts';
import type { AnyDecider, EventOf } from '../write/decider.ts';

/**
 * A process over several aggregates, with a way back: its steps in the order of the table, and how to undo each.
 *
 * - A step is over when its command was answered, or, where it `awaits`, when one of these events of the same stream was recorded.
 * - A step `alongside` another begins together with it, a step `forEach` item of a list is begun for all of them. Whatever
 *   was begun together comes to an end, well or not, before anything else happens.
 * - A step fails by a refusal, by an event that says `abort`, or because it is not known whether it was done: it was not
 *   answered in its time, or not in all tries. Then everything is undone that was done or may have been, in reverse order, and
 *   `onAbort` has the last word. A refusal and an `abort` say that nothing was done, so that step itself is not undone; but a refusal
 *   at a later try says nothing of an earlier one: that is done if the log has it, and otherwise not known.
 *   An `undo` therefore has to be harmless where there is nothing to undo, and has to hold against its step if that comes after it.
 * - A step without an `undo` is the point of no return, and the last. Where it is not known whether it was done, and where an
 *   `undo` or `onAbort` fails, the saga waits for an operator.
 * - Every command may be sent more than once, under one id: `execution/step/index`, and `…/undo` to undo it. A stream that others write
 *   much to may have forgotten the id: what the command has done already it must not do twice, but answer `[]` or refuse.
 */
export interface Saga<S extends z.ZodType, O extends AnyDecider, T extends EventOf<O>['type'], A extends AnyDecider, D extends Deciders> {
  /** Named for the process, in kebab-case. */
  readonly name: string;
  /** What every step is told. It travels as JSON with the execution: references and amounts, no documents. */
  readonly context: S;
  readonly startsOn: Start<z.output<S>, O, T>;
  readonly steps: { readonly [K in keyof D]: Step<z.output<S>, D[K], NoInfer<keyof D & string>> };
  /** The last command of a saga that came to nothing, once everything is undone. */
  readonly onAbort: { readonly to: A; readonly send: (context: z.output<S>, reason: string) => Sent<A> };
}

/** An event of an aggregate, and what the saga has to know of it; `undefined` where it does not concern the saga. */
export interface Start<C, O extends AnyDecider, T extends EventOf<O>['type']> {
  readonly of: O;
  readonly event: T;
  readonly context: (data: Extract<EventOf<O>, { readonly type: T }>['data'], metadata: Metadata) => C | undefined;
}

export type Step<C, D extends AnyDecider, Names = string> =
  | (Once<C, D, Names> & (Answered<(context: C) => Sent<D>> | Awaiting<D, (context: C) => Sent<D>>))
  | { [F in ListIn<C>]: ForEach<C, F, D> & Awaited<D, ItemSent<C, F, D>> }[ListIn<C>];

interface Once<C, D extends AnyDecider, Names> {
  readonly forEach?: undefined;
  /** The step that it begins together with: the one above, or the one that that one is alongside of. */
  readonly alongside?: Names;
  /** The aggregate that does the step, undoes it, and whose events are awaited. */
  readonly to: D;
  readonly send: (context: C) => Sent<D>;
}

interface ForEach<C, F extends keyof C, D extends AnyDecider> {
  /** A list of the context, of 200 items at most: one command for each. */
  readonly forEach: F;
  readonly alongside?: undefined;
  readonly to: D;
  readonly send: ItemSent<C, F, D>;
}
type ItemSent<C, F extends keyof C, D extends AnyDecider> = (item: ItemOf<C[F]>, context: C, index: number) => Sent<D>;

/** The command's answer ends the step. Without `undo` there is no way back from it. */
interface Answered<U> {
  readonly awaits?: undefined;
  readonly undo?: 'nothing' | U;
}
interface Awaiting<D extends AnyDecider, U> {
  /** The events that end the step; at least one of them proceeds. (With renamed keys the compiler could not infer `data`.) */
  readonly awaits: { readonly [E in keyof D['events'] & string]?: 'proceed' | ((data: z.output<D['events'][E]>) => Abort) };
  /** From 1. All steps of a saga, one after the other, wait for 300 days at most. */
  readonly timeoutSeconds: number;
  readonly undo: 'nothing' | U;
}
type Awaited<D extends AnyDecider, U> = (Answered<U> & { readonly undo: 'nothing' | U }) | Awaiting<D, U>;

/** A command and the id of the aggregate that it goes to. */
export type Sent<D extends AnyDecider> = {
  [T in keyof D['commands'] & string]: { readonly id: string; readonly type: T; readonly data: z.output<D['commands'][T]> };
}[keyof D['commands'] & string];

/** An event that ends the saga. Of the reason `onAbort` is told 200 bytes. */
export interface Abort {
  readonly abort: string;
}
/**
 * What a row of `awaits` answers where the event ends the saga: the steps before are undone, and `onAbort` is told the reason.
 *
 * @example
 * const awaits = { PaymentReceived: 'proceed', PaymentDeclined: ({ reason }: { reason: string }) => abort(reason) };
 */
export const abort = (reason: string): Abort => ({ abort: reason });

type Deciders = Readonly<Record<string, AnyDecider>>;
type ListIn<C> = { [F in keyof C & string]: C[F] extends readonly unknown[] ? F : never }[keyof C & string];
type ItemOf<L> = L extends readonly (infer I)[] ? I : never;

/**
 * Defines a saga: the steps of a process in the order of the table, and how each is undone. Types flow from `context` and from the
 * aggregates that `startsOn`, the steps and `onAbort` name. A misspelt command or event, wrong data, a field that no schema names, and
 * a step that awaits events without `timeoutSeconds` do not compile. The rules of the steps stand at `Saga`.
 *
 * @example
 * export const fulfilment = defineSaga({
 *   name: 'fulfilment',
 *   context: z.object({ orderId: z.string(), totalCents: z.int() }),
 *   startsOn: { of: order, event: 'OrderPlaced', context: ({ totalCents }, { id }) => ({ orderId: id, totalCents }) },
 *   steps: {
 *     TakePayment: {
 *       to: payment,
 *       send: ({ orderId, totalCents }) => ({ id: orderId, type: 'RequestPayment', data: { amountCents: totalCents } }),
 *       awaits: { PaymentReceived: 'proceed', PaymentDeclined: ({ reason }) => abort(reason) },
 *       timeoutSeconds: 900,
 *       undo: ({ orderId }) => ({ id: orderId, type: 'RefundPayment', data: {} }),
 *     },
 *     ShipOrder: { to: order, send: ({ orderId }) => ({ id: orderId, type: 'ShipOrder', data: {} }) },
 *   },
 *   onAbort: { to: order, send: ({ orderId }, reason) => ({ id: orderId, type: 'CancelOrder', data: { reason } }) },
 * });
 */
export const defineSaga = <
  S extends z.ZodType,
  O extends AnyDecider,
  T extends EventOf<O>['type'],
  A extends AnyDecider,
  D extends Deciders,
  P extends { readonly [K in keyof D]: Step<z.output<S>, D[K], NoInfer<keyof D & string>> },
  R extends (context: z.output<S>, reason: string) => Sent<A>,
>(
  saga: SagaDefinition<S, O, T, A, D, P, R>,
): Saga<S, O, T, A, D> => saga as unknown as Saga<S, O, T, A, D>;

/** A saga as it is written: `P` are its steps and `R` the last command, as far as the compiler sees them. */
export interface SagaDefinition<
  S extends z.ZodType,
  O extends AnyDecider,
  T extends EventOf<O>['type'],
  A extends AnyDecider,
  D extends Deciders,
  P,
  R,
> extends Omit<Saga<S, O, T, A, D>, 'steps' | 'onAbort'> {
  readonly steps: { readonly [K in keyof D]: { readonly to: D[K] } } & P & {
      readonly [K in keyof P]: K extends keyof D ? ExactStep<P[K], D[K]> : unknown;
    };
  readonly onAbort: { readonly to: A; readonly send: R & Answering<R, ExactSent<AnswerOf<R>, A>> };
}

/** A step without fields in excess: in what it sends, in what it awaits, and beside them. */
type ExactStep<P, D extends AnyDecider> = {
  readonly [F in keyof P]: F extends 'send' | 'undo'
    ? Answering<P[F], ExactSent<AnswerOf<P[F]>, D>>
    : F extends 'awaits'
      ? {
          readonly [E in keyof P[F]]: E extends keyof D['events']
            ? P[F][E]
            : Wrong<`'${E & string}' is not an event of the aggregate that does the step`>;
        }
      : F extends 'timeoutSeconds'
        ? P extends { readonly awaits: object }
          ? number
          : Wrong<'a step that awaits nothing has no timeoutSeconds'>
        : F extends keyof AnyStep
          ? P[F]
          : Wrong<`'${F & string}' is no field of a step`>;
};

type ExactSent<G, D extends AnyDecider> = ExactMessage<G, D['commands']> &
  (G extends { readonly id: infer Id } ? { readonly id: Id } : unknown);

/** "Some saga": what is left of the types once nobody needs to know which. */
export interface AnySaga {
  readonly name: string;
  readonly context: z.ZodType;
  readonly startsOn: AnyStart;
  readonly steps: Readonly<Record<string, AnyStep>>;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly onAbort: { readonly to: AnyDecider; readonly send: (context: any, reason: string) => Sent<AnyDecider> };
}
interface AnyStart {
  readonly of: AnyDecider;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly context: (data: any, metadata: Metadata) => unknown;
}
export interface AnyStep {
  readonly to: AnyDecider;
  readonly forEach?: string | undefined;
  readonly alongside?: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a context, or an item of a list, the context and the item's index.
  readonly send: (...told: any[]) => Sent<AnyDecider>;
  // biome-ignore lint/suspicious/noExplicitAny: the data of some event.
  readonly awaits?: Readonly<Record<string, 'proceed' | ((data: any) => Abort) | undefined>> | undefined;
  readonly timeoutSeconds?: number | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as in `send`.
  readonly undo?: 'nothing' | ((...told: any[]) => Sent<AnyDecider>) | undefined;
}

/** The steps by name, in groups: those of one begin together, each group when the one before it is over. */
export const groupsOf = ({ steps }: AnySaga): readonly (readonly string[])[] => {
  const groups: string[][] = [];
  for (const [name, { alongside }] of Object.entries(steps)) {
    if (alongside === undefined || groups.length === 0) groups.push([name]);
    else groups.at(-1)?.push(name);
  }
  return groups;
};

/** The most items of a list that a saga takes a step for: each costs up to some tens of the 25,000 events that an execution may have. */
export const maxItems = 200;

/** The saga of this name. @throws NotFound (`UnknownSaga`). */
export const sagaNamed = (sagas: readonly AnySaga[], name: string): AnySaga => {
  const saga = sagas.find((one) => one.name === name);
  if (saga === undefined) throw new NotFound('UnknownSaga', `there is no saga '${name}'`);
  return saga;
};
