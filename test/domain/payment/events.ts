import * as z from 'zod';

export const events = {
  PaymentRequested: z.object({ amountCents: z.int().nonnegative() }),
  PaymentReceived: z.object({}),
  PaymentDeclined: z.object({ reason: z.string().min(1).max(1000) }),
  /** The saga waits for the payment no longer. Money that comes in later is given back. */
  PaymentWithdrawn: z.object({}),
  PaymentRefunded: z.object({}),
};
