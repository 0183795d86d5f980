import { defineProjection } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

const document = z.object({
  customerId: z.string(),
  status: z.enum(['placed', 'approved', 'shipped', 'delivered', 'cancelled']),
  lines: z.int().describe('how many lines the order has'),
  totalCents: z.int().describe('prices and freight of all lines'),
  placedAt: z.string(),
  cancellationReason: z.string().optional(),
});
type OrderSummary = z.output<typeof document>;

/** A document of one stream, with an index. */
export const orderSummary = defineProjection({
  name: 'order-summary',
  revision: 1,
  events,
  document,
  indexes: { byCustomer: { partition: 'customerId', sort: 'placedAt' } },
  initialState: (): OrderSummary => ({ customerId: '', status: 'placed', lines: 0, totalCents: 0, placedAt: '' }),

  evolve: {
    OrderPlaced: (order, { customerId, lines }, { recordedAt }) => ({
      ...order,
      customerId,
      lines: lines.length,
      totalCents: lines.reduce((cents, { priceCents, freightCents }) => cents + priceCents + freightCents, 0),
      placedAt: recordedAt,
    }),
    OrderApproved: (order) => ({ ...order, status: 'approved' }),
    OrderShipped: (order) => ({ ...order, status: 'shipped' }),
    OrderDelivered: (order) => ({ ...order, status: 'delivered' }),
    OrderCancelled: (order, { reason }) => ({ ...order, status: 'cancelled', cancellationReason: reason }),
  },
});
