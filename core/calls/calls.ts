import type * as z from 'zod';
import type { Metadata } from '../basics/messages.ts';
import type { AnyDecider } from '../write/decider.ts';

/**
 * The calls to a third party that events cause: to move money, to fetch a parcel. Each call is made at least once, soon after its event,
 * with one idempotency key per event. Calls come in no order, so the third party must accept each pair of them in either order. The third
 * party may answer with commands, late and repeatedly.
 */
export interface Calls<D extends AnyDecider> {
  /** The third party's name, in kebab-case. The stage sets its endpoint: `-c endpoints=payment-provider=https://…`. */
  readonly name: string;
  /** The aggregate whose events cause calls. */
  readonly of: D;
  /** A row for each event type that causes a call. A row that returns `null` makes no call for that event. */
  readonly on: { readonly [E in keyof D['events'] & string]?: (data: z.output<D['events'][E]>, metadata: Metadata) => Call | null };
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
 * the aggregate. A row that returns `null` makes no call. The third party answers with a command, or not at all.
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
export const defineCalls = <const D extends AnyDecider>(calls: Calls<D>): Calls<D> => calls;

/** Calls without their type parameters, for code that works with any calls. */
export interface AnyCalls {
  readonly name: string;
  readonly of: AnyDecider;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly on: Readonly<Record<string, ((data: any, metadata: Metadata) => Call | null) | undefined>>;
}
