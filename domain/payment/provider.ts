import { defineCalls, type Metadata } from 'foldstream';
import { payment } from './decider.ts';

/** The provider's path of a payment. It has the tenant, because payments of two tenants may have the same id. */
const accountAt = ({ tenant, id }: Metadata): string => `${tenant === undefined ? '' : `/tenants/${tenant}`}/payments/${id}`;

/**
 * The calls to the payment provider. A call may arrive more than once, and counts once. A refund returns the money that arrived, and stops
 * a charge that has not arrived yet. The provider answers a charge with ReceivePayment or DeclinePayment, at any time.
 */
export const paymentProvider = defineCalls({
  name: 'payment-provider',
  of: payment,
  on: {
    PaymentRequested: ({ amountCents }, metadata) => ({ path: `${accountAt(metadata)}/charge`, body: { amountCents } }),
    // The money may have arrived: the provider may just not have answered. So a withdrawal is a refund, too.
    PaymentWithdrawn: (_, metadata) => ({ path: `${accountAt(metadata)}/refund`, body: {} }),
    PaymentRefunded: (_, metadata) => ({ path: `${accountAt(metadata)}/refund`, body: {} }),
  },
});
