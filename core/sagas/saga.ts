import type * as z from 'zod';
import { NotFound } from '../basics/errors.ts';
import type { Answering, AnswerOf } from '../basics/exact.ts';
import type { Metadata } from '../basics/messages.ts';
import type { AnyDecider, EventOf } from '../write/decider.ts';
import type { AnyInterruption, Interruptions, Unique } from './interruption.ts';
import type { Abort, ExactSent, ExactStep, Repeat, Sent, Step } from './steps.ts';

export { type Abort, abort, type Sent, type Step } from './steps.ts';

/**
 * A process over several aggregates that can be undone. Its steps run in the order of the table, and each says how to undo it.
 *
 * - A step ends when its command is answered. If it `awaits` events, it ends when the same stream records one of them. If the command
 *   decides `[]`, the newest of these events that is in the stream already ends it, unless the step says `onlyNew`.
 * - A step `alongside` another begins together with it. A step `forEach` item of a list begins for all items together. All steps that
 *   began together end, successfully or not, before the saga continues.
 * - A step fails by a refusal, by an event whose row answers `abort`, or because its outcome is unknown: it was not answered in its time,
 *   or in any try. The saga then undoes all steps that acted or may have acted, in reverse order, and sends `onAbort` last.
 *   A refusal or an `abort` proves that the step did not act, so that step is not undone. A refusal at a later try proves nothing
 *   about an earlier try: if the log has its events, the step is done; otherwise its outcome is unknown.
 *   So an `undo` must be harmless if there is nothing to undo, and its effect must last if the step's command arrives after it.
 * - Only the last step may have no `undo`: it is the point of no return. If its outcome is unknown, or if an `undo` or `onAbort` fails,
 *   the saga waits for an operator.
 * - Every command may be sent more than once, with one id: `execution/step/index`, and `…/undo` to undo it. It is carried out once: a try
 *   that may not be the first is looked for in the log. Tests (`sagaPaths`) demand more: a command that is sent anew must answer `[]` or
 *   refuse if its work is done.
 */
export interface Saga<
  S extends z.ZodType,
  O extends AnyDecider,
  T extends EventOf<O>['type'],
  A extends AnyDecider,
  D extends Deciders,
  I extends Interrupters = Interrupters,
> {
  /** Named for the process, in kebab-case. */
  readonly name: string;
  /** The first name of a saga that was renamed: its state machine and its executions keep that name for ever. */
  readonly formerly?: string;
  /** Of this definition: a whole number, 1 if absent. An execution ends with the revision that it began with. */
  readonly revision?: number;
  /** The earlier revisions that executions may still run, each as it was, or the newest of them, which has the others before it. */
  readonly before?: readonly AnySaga[];
  /** The data that every step receives. It travels as JSON with the execution, so keep it small: references and amounts, no documents. */
  readonly context: S;
  readonly startsOn: Start<z.output<S>, O, T>;
  readonly steps: { readonly [K in keyof D]: Step<z.output<S>, D[K], NoInfer<keyof D & string>> };
  /** The last command of a saga that aborts. It is sent after all steps are undone. */
  readonly onAbort: { readonly to: A; readonly send: (context: z.output<S>, reason: string) => Sent<A> };
  /** The events that abort the saga before its point of no return, by their types. Runs that began without the table are not interrupted. */
  readonly interruptedBy?: Interruptions<z.output<S>, I>;
  /** At most one run has this key. */
  readonly unique?: Unique<z.output<S>>;
}

/** The event that starts a saga, and how to make the saga's context from it. `undefined`: this event starts no execution. */
export interface Start<C, O extends AnyDecider, T extends EventOf<O>['type']> {
  readonly of: O;
  readonly event: T;
  readonly context: (data: Extract<EventOf<O>, { readonly type: T }>['data'], metadata: Metadata) => C | undefined;
}

/** The aggregates of the steps, by the step. A row without `to` has none. */
type Deciders = Readonly<Record<string, unknown>>;
/** The aggregates of the events that interrupt, by the event. */
type Interrupters = Readonly<Record<string, AnyDecider>>;

/**
 * Defines a saga: the steps of a process in the order of the table, and how each is undone. The types come from `context` and from the
 * aggregates that `startsOn`, the steps and `onAbort` name. A misspelt command or event, wrong data, a field that no schema names, and
 * a step that awaits events without `timeoutSeconds` do not compile. `Saga` describes the rules of the steps.
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
  I extends Interrupters,
  P extends { readonly [K in keyof D]: Step<z.output<S>, D[K], NoInfer<keyof D & string>> },
  R extends (context: z.output<S>, reason: string) => Sent<A>,
>(
  saga: SagaDefinition<S, O, T, A, D, I, P, R>,
): Saga<S, O, T, A, D, I> => saga as unknown as Saga<S, O, T, A, D, I>;

/** The argument of `defineSaga`. `P` and `R` are the inferred types of its steps and of its last command. */
export interface SagaDefinition<
  S extends z.ZodType,
  O extends AnyDecider,
  T extends EventOf<O>['type'],
  A extends AnyDecider,
  D extends Deciders,
  I extends Interrupters,
  P,
  R,
> extends Omit<Saga<S, O, T, A, D, I>, 'steps' | 'onAbort'> {
  readonly steps: { readonly [K in keyof D]: { readonly to?: D[K] } } & P & {
      readonly [K in keyof P]: K extends keyof D ? ExactStep<P[K], D[K], z.output<S>> : unknown;
    };
  readonly onAbort: { readonly to: A; readonly send: R & Answering<R, ExactSent<AnswerOf<R>, A>> };
}

/** A saga without its type parameters, for code that works with any saga. */
export interface AnySaga {
  readonly name: string;
  readonly formerly?: string | undefined;
  readonly revision?: number | undefined;
  readonly before?: readonly AnySaga[] | undefined;
  readonly context: z.ZodType;
  readonly startsOn: AnyStart;
  readonly steps: Readonly<Record<string, AnyStep>>;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly onAbort: { readonly to: AnyDecider; readonly send: (context: any, reason: string) => Sent<AnyDecider> };
  readonly interruptedBy?: Readonly<Record<string, AnyInterruption>> | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly unique?: Unique<any> | undefined;
}
interface AnyStart {
  readonly of: AnyDecider;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly context: (data: any, metadata: Metadata) => unknown;
}
export interface AnyStep {
  /** Absent of a choice, and of a step that waits until a time. */
  readonly to?: AnyDecider | undefined;
  readonly forEach?: string | undefined;
  readonly alongside?: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a context and a round, or an item of a list, the context and the item's index.
  readonly send?: ((...told: any[]) => Sent<AnyDecider>) | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a context.
  readonly of?: ((context: any) => string) | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the data of some event.
  readonly awaits?: Readonly<Record<string, 'proceed' | ((data: any) => Abort) | undefined>> | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the data of some event or some answer, and a context.
  readonly learns?: Readonly<Record<string, ((data: any, context: any, metadata: Metadata) => unknown) | undefined>> | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly onlyNew?: true | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a context.
  readonly late?: ((context: any) => unknown) | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as in `send`.
  readonly undo?: 'nothing' | ((...told: any[]) => Sent<AnyDecider>) | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a context.
  readonly repeat?: Repeat<any> | undefined;
  readonly branch?: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a context.
  readonly when?: ((context: any) => boolean) | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a context.
  readonly until?: ((context: any) => string) | undefined;
  readonly maxDays?: number | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a context.
  readonly choose?: ((context: any) => string) | undefined;
  readonly branches?: readonly string[] | undefined;
}

/** The key of the sagas in the schema lock, beside the aggregates. It cannot be an aggregate's name, because it has a hyphen. */
export const sagasKey = 'running-sagas';

/** The name of a saga's state machine. It stays the same if the saga is renamed. */
export const machineName = ({ name, formerly = name }: AnySaga): string => formerly;

/** The names by which executions and operators know a saga. */
export const namesOf = (saga: AnySaga): readonly string[] => [...new Set([saga.name, machineName(saga)])];

/** The revision of a definition. */
export const revisionOf = ({ revision = 1 }: AnySaga): number => revision;

/** All revisions of a saga that the code holds, the newest first. New executions run the newest. */
export const definitionsOf = (saga: AnySaga): readonly AnySaga[] => [saga, ...(saga.before ?? []).flatMap(definitionsOf)];

/** The state in which a saga looks for the answer of a step whose time is up. */
export const lateState = (step: string): string => `${step}: no answer in time`;

/** The largest list for `forEach`. Each item costs up to some tens of the 25,000 history events that an execution may have. */
export const maxItems = 200;

/** The saga of this name, or formerly of this name. @throws NotFound (`UnknownSaga`). */
export const sagaNamed = (sagas: readonly AnySaga[], name: string): AnySaga => {
  const saga = sagas.find((one) => namesOf(one).includes(name));
  if (saga === undefined) throw new NotFound('UnknownSaga', `there is no saga '${name}'`);
  return saga;
};
