import { definePublication } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

/** What other services hear of orders. OrderApproved and OrderShipped stay inside. */
export const orderPublication = definePublication({
  name: 'orders',
  events,
  publishes: {
    'OrderPlaced.v1': z.object({
      orderId: z.string(),
      customerId: z.string(),
      sellerIds: z.array(z.string()),
      totalCents: z.int(),
      placedAt: z.string(),
    }),
    'OrderDelivered.v1': z.object({ orderId: z.string(), deliveredAt: z.string() }),
    'OrderCancelled.v1': z.object({ orderId: z.string(), reason: z.string() }),
  },

  map: {
    OrderPlaced: ({ customerId, lines }, { id, recordedAt }) => ({
      type: 'OrderPlaced.v1',
      data: {
        orderId: id,
        customerId,
        sellerIds: [...new Set(lines.map(({ sellerId }) => sellerId))],
        totalCents: lines.reduce((cents, { priceCents, freightCents }) => cents + priceCents + freightCents, 0),
        placedAt: recordedAt,
      },
    }),
    OrderDelivered: (_, { id, recordedAt }) => ({ type: 'OrderDelivered.v1', data: { orderId: id, deliveredAt: recordedAt } }),
    OrderCancelled: ({ reason }, { id }) => ({ type: 'OrderCancelled.v1', data: { orderId: id, reason } }),
  },
});
