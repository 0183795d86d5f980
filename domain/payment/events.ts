import * as z from 'zod';

// Stored for ever: add optional fields freely; to change or remove one, write an upcaster.
export const events = {
  PaymentRequested: z.object({ amountCents: z.int().nonnegative() }),
  PaymentReceived: z.object({}),
  PaymentDeclined: z.object({ reason: z.string().min(1).max(1000) }),
  /** The payment is no longer wanted. Money that still arrives is refunded. */
  PaymentWithdrawn: z.object({}),
  PaymentRefunded: z.object({}),
};
