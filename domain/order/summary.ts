import { defineProjection } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

const document = z.object({
  customerId: z.string(),
  status: z.enum(['placed', 'approved', 'shipped', 'delivered', 'cancelled']),
  lines: z.int().describe('how many lines the order has'),
  totalCents: z.int().describe('prices and freight of all lines'),
  placedAt: z.string(),
  approvedAt: z.string().optional(),
  shippedAt: z.string().optional(),
  deliveredAt: z.string().optional(),
  cancelledAt: z.string().optional(),
  cancellationReason: z.string().optional(),
});
type OrderSummary = z.output<typeof document>;

/** An order as its customer sees it in the list of orders. A token whose subject is the customer's id reads it without a scope. */
export const orderSummary = defineProjection({
  name: 'order-summary',
  revision: 1,
  events,
  document,
  owner: 'customerId',
  indexes: { byCustomer: { partition: 'customerId', sort: 'placedAt' } },
  initialState: (): OrderSummary => ({ customerId: '', status: 'placed', lines: 0, totalCents: 0, placedAt: '' }),

  evolve: {
    OrderPlaced: (order, { customerId, lines, placedAt }, { recordedAt }) => ({
      ...order,
      customerId,
      lines: lines.length,
      totalCents: lines.reduce((cents, { priceCents, freightCents }) => cents + priceCents + freightCents, 0),
      placedAt: placedAt ?? recordedAt,
    }),
    OrderApproved: (order, { approvedAt }, { recordedAt }) => ({ ...order, status: 'approved', approvedAt: approvedAt ?? recordedAt }),
    OrderShipped: (order, { shippedAt }, { recordedAt }) => ({ ...order, status: 'shipped', shippedAt: shippedAt ?? recordedAt }),
    OrderDelivered: (order, { deliveredAt }, { recordedAt }) => ({ ...order, status: 'delivered', deliveredAt: deliveredAt ?? recordedAt }),
    OrderCancelled: (order, { reason }, { recordedAt }) => ({
      ...order,
      status: 'cancelled',
      cancelledAt: recordedAt,
      cancellationReason: reason,
    }),
  },
});
