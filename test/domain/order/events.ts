import * as z from 'zod';

const id = z.string().min(1).max(128);
const cents = z.int().nonnegative();

const productLine = z.object({ productId: id, sellerId: id, priceCents: cents, freightCents: cents });

/** Who approves and ships an order. Absent: the seller. The saga fulfils the orders of the marketplace. */
const fulfilledBy = z.enum(['seller', 'marketplace']).optional();

export const events = {
  OrderPlaced: z.object({ customerId: id, lines: z.array(productLine).min(1), fulfilledBy }),
  OrderApproved: z.object({}),
  OrderShipped: z.object({}),
  OrderDelivered: z.object({}),
  OrderCancelled: z.object({ reason: z.string().min(1).max(1000) }),
};
