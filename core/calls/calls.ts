import type * as z from 'zod';
import type { Metadata } from '../basics/messages.ts';
import type { AnyDecider } from '../write/decider.ts';

/**
 * What a third party is asked because of an event: money to be moved, a parcel to be fetched. A row for each event that asks for
 * something. The call is made at least once, under one idempotency key for each event, soon after it and in no order; whoever is
 * called answers, if at all, by a command, as late and as often as it likes. A call whose event comes later than another one's may
 * come before it, so what is called has to take each pair of them either way round.
 */
export interface Calls<D extends AnyDecider> {
  /** The third party, in kebab-case. Where it is the stage says: `-c endpoints=payment-provider=https://…`. */
  readonly name: string;
  /** The aggregate whose events ask for something. */
  readonly of: D;
  readonly on: { readonly [E in keyof D['events'] & string]?: (data: z.output<D['events'][E]>, metadata: Metadata) => Call | null };
}

/** A POST to the third party; `null` in its place: this event asks for nothing. */
export interface Call {
  /** Below the endpoint: `/payments/42/charge`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Defines the calls to a third party: one row for each event that asks for something, with the path and the body of a POST. Types flow
 * from the aggregate. `null` makes no call. The third party answers by a command, or not at all.
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

/** "Some calls": what is left of the types once nobody needs to know which. */
export interface AnyCalls {
  readonly name: string;
  readonly of: AnyDecider;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly on: Readonly<Record<string, ((data: any, metadata: Metadata) => Call | null) | undefined>>;
}
