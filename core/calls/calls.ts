import type * as z from 'zod';
import type { Metadata } from '../basics/messages.ts';
import type { Commands } from '../processes/command-to.ts';
import type { AnyDecider, EventOf } from '../write/decider.ts';
import type { Credentials } from './credentials.ts';

/**
 * The calls to a third party that events cause: to move money, to fetch a parcel. Each call is made at least once, soon after its event,
 * with one idempotency key per event. Calls come in no order, so the third party must accept each pair of them in either order. The third
 * party may answer with commands, late and repeatedly.
 */
export interface Calls<D extends AnyDecider, A extends Answers = Answers, T extends readonly AnyDecider[] = readonly AnyDecider[]> {
  /** The third party's name, in kebab-case. The stage sets its endpoint: `-c endpoints=payment-provider=https://…`. */
  readonly name: string;
  /** The aggregate whose events cause calls. */
  readonly of: D;
  /** A row for each event type that causes a call. A row that returns `null` makes no call for that event. */
  readonly on: { readonly [E in keyof D['events'] & string]?: (data: z.output<D['events'][E]>, metadata: Metadata) => Call | null };
  /** How the third party knows the service: a header, OAuth 2 client credentials, or a signature. Absent: it does not ask. */
  readonly credentials?: Credentials;
  /**
   * How many calls the third party bears. With limits, even without a number, its calls have a queue of their own, and a circuit: after five
   * failures in a row they wait in the queue, and one call at a time tries whether the third party is back.
   */
  readonly limits?: Limits;
  /** The aggregates that receive the commands of `answered`. */
  readonly to?: T;
  /**
   * What the third party answers, by HTTP status: 200, or a status that refuses, like 402. Such a refusal is then an answer. An answer that
   * does not fit is parked, and so is a command of it that is refused.
   */
  readonly answers?: A;
  /** A row for each status in `answers`: one command, a list of them, or `null` for none. Each command acts once. */
  readonly answered?: { readonly [S in keyof A]: (answer: z.output<A[S]>, event: CallingEvent<D>) => Commands<T[number]> };
}

/** The schemas of answers, by HTTP status. */
export type Answers = Readonly<Record<number, z.ZodType>>;

/** The event that caused a call. */
export type CallingEvent<D extends AnyDecider> = EventOf<D> & { readonly metadata: Metadata };

export interface Limits {
  /** The calls that are made at once, from 2 to 1000. Absent: 100. */
  readonly concurrency?: number;
  /** The calls of all instances together, in a second: 5, or 0.5 for one in two seconds. Absent: any number. */
  readonly ratePerSecond?: number;
}

/** A POST to the third party. */
export interface Call {
  /** The path below the endpoint: `/payments/42/charge`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Defines the calls to a third party: one row for each event that causes a call, with the path and the body of a POST. The types come from
 * the aggregate. A row that returns `null` makes no call. The third party answers at once (`answers`), later with a command, or not at all.
 *
 * @example
 * export const paymentProvider = defineCalls({
 *   name: 'payment-provider',
 *   of: payment,
 *   on: {
 *     PaymentRequested: ({ amountCents }, { id }) => ({ path: `/payments/${id}/charge`, body: { amountCents } }),
 *     PaymentRefunded: (_, { id }) => ({ path: `/payments/${id}/refund`, body: {} }),
 *   },
 * });
 */
export const defineCalls = <
  const D extends AnyDecider,
  // biome-ignore lint/complexity/noBannedTypes: no answers.
  const A extends Answers = {},
  const T extends readonly AnyDecider[] = readonly [],
>(
  calls: Calls<D, A, T>,
): Calls<D, A, T> => calls;

/** Calls without their type parameters, for code that works with any calls. */
export interface AnyCalls {
  readonly name: string;
  readonly of: AnyDecider;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly on: Readonly<Record<string, ((data: any, metadata: Metadata) => Call | null) | undefined>>;
  readonly credentials?: Credentials;
  readonly limits?: Limits;
  readonly to?: readonly AnyDecider[];
  readonly answers?: Answers;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly answered?: Readonly<Record<number, ((answer: any, event: any) => Commands<AnyDecider>) | undefined>>;
}

/** The statuses that are answers. 2xx is taken without an answer, too. */
export const statusesOf = ({ answers = {} }: Pick<AnyCalls, 'answers'>): readonly number[] => Object.keys(answers).map(Number);

/** A 2xx, or a refusal that is about this call alone. The others say that the call has to be made again, or in another way. */
export const isAnswer = (status: number): boolean =>
  (status >= 200 && status < 300) || (status >= 400 && status < 500 && ![401, 403, 407, 408, 425, 429].includes(status));
