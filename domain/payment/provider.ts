import { defineCalls } from '../../core/calls.ts';
import { payment } from './decider.ts';

/**
 * What whoever moves the money is asked for. A call may come more than once, and counts once; a refund gives back what came in, and sees
 * to it that what has not come in yet never does. The provider answers a charge by ReceivePayment or DeclinePayment, whenever it likes.
 */
export const paymentProvider = defineCalls({
  name: 'payment-provider',
  of: payment,
  on: {
    PaymentRequested: ({ amountCents }, { id }) => ({ path: `/payments/${id}/charge`, body: { amountCents } }),
    // Whether it has come in is not known: the provider may only have said nothing.
    PaymentWithdrawn: (_, { id }) => ({ path: `/payments/${id}/refund`, body: {} }),
    PaymentRefunded: (_, { id }) => ({ path: `/payments/${id}/refund`, body: {} }),
  },
});
