import * as z from 'zod';

const id = z.string().min(1).max(128);

const productLine = z.object({
  productId: id,
  sellerId: id,
  priceCents: z.int().nonnegative(),
  freightCents: z.int().nonnegative(),
});

/** The time of the event, if it differs from the time of recording: an import of old orders sets it. */
const happenedAt = z.iso.datetime().max(35).optional();

/** Who approves and ships an order: its seller, with commands from outside, or the marketplace's saga. Default: the seller. */
const fulfilledBy = z.enum(['seller', 'marketplace']).optional();

// Stored for ever: add optional fields freely; to change or remove one, write an upcaster.
export const events = {
  OrderPlaced: z.object({ customerId: id, lines: z.array(productLine).min(1), placedAt: happenedAt, fulfilledBy }),
  OrderApproved: z.object({ approvedAt: happenedAt }),
  OrderShipped: z.object({ shippedAt: happenedAt }),
  OrderDelivered: z.object({ deliveredAt: happenedAt }),
  OrderCancelled: z.object({ reason: z.string().min(1).max(1000) }),
};
