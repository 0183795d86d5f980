import { defineDecider, ensure } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

export const commands = {
  RequestPayment: z.object({ amountCents: z.int().nonnegative() }),
  ReceivePayment: z.object({}),
  DeclinePayment: z.object({ reason: z.string().min(1).max(1000) }),
  RefundPayment: z.object({}),
};

type Payment = { readonly status: 'none' | 'requested' | 'received' | 'declined' | 'withdrawn' | 'refunded' };

const received = { type: 'PaymentReceived', data: {} } as const;
const refunded = { type: 'PaymentRefunded', data: {} } as const;

/**
 * The payment of one order. The provider answers a request with ReceivePayment or DeclinePayment, perhaps late or twice. Money that arrives
 * after the payment was withdrawn or declined is refunded at once, so the service holds money exactly while the payment is `received`.
 */
export const payment = defineDecider({
  name: 'payment',
  commands,
  events,
  // Only the saga asks for money.
  internal: ['RequestPayment'],
  // Only the provider may report the outcome of a payment.
  scopes: { ReceivePayment: 'payment:answer', DeclinePayment: 'payment:answer' },
  initialState: (): Payment => ({ status: 'none' }),

  decide: {
    RequestPayment: (request, { status }) => {
      if (status === 'requested') return [];
      ensure(status === 'none', 'PaymentClosed', { status });
      return [{ type: 'PaymentRequested', data: request }];
    },
    ReceivePayment: (_, { status }) => {
      if (status === 'received' || status === 'refunded') return [];
      ensure(status !== 'none', 'PaymentNotRequested');
      return status === 'requested' ? [received] : [received, refunded];
    },
    DeclinePayment: (decline, { status }) => {
      if (status === 'declined' || status === 'withdrawn') return [];
      ensure(status === 'requested', status === 'none' ? 'PaymentNotRequested' : 'PaymentAlreadyReceived');
      return [{ type: 'PaymentDeclined', data: decline }];
    },
    RefundPayment: (_, { status }) => {
      if (status === 'received') return [refunded];
      // Also before the request: a request that arrives later is then refused.
      return status === 'none' || status === 'requested' ? [{ type: 'PaymentWithdrawn', data: {} }] : [];
    },
  },

  evolve: {
    PaymentRequested: () => ({ status: 'requested' }),
    PaymentReceived: () => ({ status: 'received' }),
    PaymentDeclined: () => ({ status: 'declined' }),
    PaymentWithdrawn: () => ({ status: 'withdrawn' }),
    PaymentRefunded: () => ({ status: 'refunded' }),
  },
});
