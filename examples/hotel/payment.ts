import { commandTo, defineCalls, defineDecider, defineWebhook, ensure, stripe } from 'foldstream';
import * as z from 'zod';

const amount = z.object({ amountCents: z.int().positive() });
const kept = z.object({ keepCents: z.int().nonnegative() });
const noData = z.object({});

interface Payment {
  readonly status: 'new' | 'asked' | 'received' | 'declined' | 'returned';
  readonly amountCents: number;
  readonly keptCents: number;
}

/** The payment of a booking, under the booking's id. */
export const payment = defineDecider({
  name: 'payment',
  commands: { AskPayment: amount, ReceivePayment: noData, DeclinePayment: noData, ReturnPayment: kept },
  events: { PaymentAsked: amount, PaymentReceived: noData, PaymentDeclined: noData, PaymentReturned: kept },
  internal: ['AskPayment', 'ReceivePayment', 'DeclinePayment', 'ReturnPayment'],
  initialState: (): Payment => ({ status: 'new', amountCents: 0, keptCents: 0 }),
  decide: {
    AskPayment: (asked, { status }) => {
      ensure(status !== 'returned', 'PaymentWasReturned');
      return status === 'new' ? [{ type: 'PaymentAsked', data: asked }] : [];
    },
    ReceivePayment: (_, { status }) => {
      ensure(status !== 'new' && status !== 'declined', 'NotAsked');
      return status === 'asked' ? [{ type: 'PaymentReceived', data: {} }] : []; // What was returned, the bank has returned already.
    },
    DeclinePayment: (_, { status }) => (status === 'asked' ? [{ type: 'PaymentDeclined', data: {} }] : []),
    ReturnPayment: (kept, { status }) => (status === 'returned' ? [] : [{ type: 'PaymentReturned', data: kept }]),
  },
  evolve: {
    PaymentAsked: (_, { amountCents }) => ({ status: 'asked', amountCents, keptCents: 0 }),
    PaymentReceived: ({ amountCents }) => ({ status: 'received', amountCents, keptCents: amountCents }),
    PaymentDeclined: (payment) => ({ ...payment, status: 'declined' }),
    PaymentReturned: (payment, { keepCents }) => ({ ...payment, status: 'returned', keptCents: keepCents }),
  },
});

/** The calls to the bank. A refund returns the money except what is kept, and stops a charge that has not arrived. */
export const bank = defineCalls({
  name: 'bank',
  of: payment,
  on: {
    PaymentAsked: (body, { id }) => ({ path: `/payments/${id}/charge`, body }),
    PaymentReturned: (body, { id }) => ({ path: `/payments/${id}/refund`, body }),
  },
  credentials: { header: 'x-api-key' },
});

const ofPayment = z.object({ paymentId: z.string() });

/** The bank's answers, signed. */
export const bankAnswers = defineWebhook({
  name: 'bank',
  verifies: stripe(),
  envelope: z.object({ id: z.string(), type: z.string(), created: z.int() }),
  id: ({ id }) => id,
  type: ({ type }) => type,
  happenedAt: ({ created }) => new Date(created * 1000),
  to: [payment],
  events: {
    'payment.received': {
      schema: ofPayment,
      commands: ({ paymentId }) => commandTo(payment, { id: paymentId, type: 'ReceivePayment', data: {} }),
    },
    'payment.declined': {
      schema: ofPayment,
      commands: ({ paymentId }) => commandTo(payment, { id: paymentId, type: 'DeclinePayment', data: {} }),
    },
  },
});
