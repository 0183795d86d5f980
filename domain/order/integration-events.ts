import { definePublication } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

/** The integration events of orders. They show other services neither the order lines nor the stored form of an order. */
export const orderPublication = definePublication({
  name: 'orders',
  events,
  publishes: {
    'OrderPlaced.v1': z.object({
      orderId: z.string(),
      customerId: z.string(),
      sellerIds: z.array(z.string()).describe('each once'),
      totalCents: z.int().describe('prices and freight of all lines'),
      placedAt: z.string(),
    }),
    'OrderDelivered.v1': z.object({ orderId: z.string(), deliveredAt: z.string() }),
    'OrderCancelled.v1': z.object({ orderId: z.string(), reason: z.string() }),
  },

  map: {
    OrderPlaced: ({ customerId, lines, placedAt }, { id, recordedAt }) => ({
      type: 'OrderPlaced.v1',
      data: {
        orderId: id,
        customerId,
        sellerIds: [...new Set(lines.map(({ sellerId }) => sellerId))],
        totalCents: lines.reduce((cents, { priceCents, freightCents }) => cents + priceCents + freightCents, 0),
        placedAt: placedAt ?? recordedAt,
      },
    }),
    OrderDelivered: ({ deliveredAt }, { id, recordedAt }) => ({
      type: 'OrderDelivered.v1',
      data: { orderId: id, deliveredAt: deliveredAt ?? recordedAt },
    }),
    OrderCancelled: ({ reason }, { id }) => ({ type: 'OrderCancelled.v1', data: { orderId: id, reason } }),
  },
});
