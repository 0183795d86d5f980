import * as z from 'zod';

/** The day of the event, in local time. The register has no times. */
const on = z.iso.date();
const amountCents = z.int().nonnegative();
/** A code of the register, unchanged. */
const code = z.string().min(1);

// Stored for ever: add optional fields freely; to change or remove one, write an upcaster.
export const events = {
  FineCreated: z.object({
    on,
    amountCents,
    officer: code,
    vehicleClass: code,
    article: z.int().describe('of the highway code'),
    points: z.int().nonnegative().describe('taken off the driving licence'),
    dismissal: code.optional().describe('why the fine was dismissed, where it was'),
  }),
  FineSent: z.object({ on, expenseCents: z.int().nonnegative() }),
  OffenderNotified: z.object({ on, notificationType: code, lastSent: code.optional() }),
  PenaltyAdded: z.object({ on, amountCents: amountCents.describe('of the fine from now on') }),
  PaymentReceived: z.object({ on, amountCents }),
  SentToCreditCollection: z.object({ on }),

  AppealLodged: z.object({ on }),
  AppealSentToPrefecture: z.object({ on, dismissal: code.optional() }),
  AppealResultReceived: z.object({ on }),
  AppealResultNotified: z.object({ on }),
  AppealedToJudge: z.object({ on, dismissal: code.optional() }),
};
