import { defineCalls, type Metadata } from 'foldstream';
import { payment } from './decider.ts';

/** Payments of two tenants may have one id. Each has its own account. */
const accountAt = ({ tenant, id }: Metadata): string => `${tenant === undefined ? '' : `/tenants/${tenant}`}/payments/${id}`;

/**
 * What the payment provider is asked for. A call may come more than once and counts once. A refund gives back the money that came in, and
 * prevents that more comes in later. The provider answers a charge with ReceivePayment or DeclinePayment, at any time.
 */
export const paymentProvider = defineCalls({
  name: 'payment-provider',
  of: payment,
  on: {
    PaymentRequested: ({ amountCents }, metadata) => ({ path: `${accountAt(metadata)}/charge`, body: { amountCents } }),
    // The money may have come in without an answer.
    PaymentWithdrawn: (_, metadata) => ({ path: `${accountAt(metadata)}/refund`, body: {} }),
    PaymentRefunded: (_, metadata) => ({ path: `${accountAt(metadata)}/refund`, body: {} }),
  },
});
