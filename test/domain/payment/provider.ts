import { defineCalls, type Metadata } from 'foldstream';
import { payment } from './decider.ts';

/** Tenants may have payments of one id, and none is to pay for another. */
const accountAt = ({ tenant, id }: Metadata): string => `${tenant === undefined ? '' : `/tenants/${tenant}`}/payments/${id}`;

/**
 * What whoever moves the money is asked for. A call may come more than once, and counts once; a refund gives back what came in, and sees
 * to it that what has not come in yet never does. The provider answers a charge by ReceivePayment or DeclinePayment, whenever it likes.
 */
export const paymentProvider = defineCalls({
  name: 'payment-provider',
  of: payment,
  on: {
    PaymentRequested: ({ amountCents }, metadata) => ({ path: `${accountAt(metadata)}/charge`, body: { amountCents } }),
    // Whether it has come in is not known: the provider may only have said nothing.
    PaymentWithdrawn: (_, metadata) => ({ path: `${accountAt(metadata)}/refund`, body: {} }),
    PaymentRefunded: (_, metadata) => ({ path: `${accountAt(metadata)}/refund`, body: {} }),
  },
});
