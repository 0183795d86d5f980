import { defineProjection } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

const day = z.iso.date();

const document = z.object({
  status: z.enum(['open', 'paid', 'appealed', 'dismissed', 'in-collection']),
  officer: z.string(),
  vehicleClass: z.string(),
  article: z.int(),
  points: z.int(),
  amountCents: z.int().describe('the fine, with the penalty where there is one'),
  expenseCents: z.int().describe('for sending it'),
  paidCents: z.int().describe('all payments'),
  payments: z.int().describe('how many there were'),
  createdOn: day,
  sentOn: day.optional(),
  notifiedOn: day.optional(),
  penaltyAddedOn: day.optional(),
  lastPaidOn: day.optional(),
  appeal: z.enum(['none', 'pending', 'decided']).describe('decided once the offender is told'),
  appealedOn: day.optional(),
  dismissedOn: day.optional(),
  inCollectionOn: day.optional(),
});
type FineSummary = z.output<typeof document>;

/** The status of a fine. */
export const fineSummary = defineProjection({
  name: 'fine-summary',
  revision: 1,
  events,
  document,
  indexes: {
    byOfficer: { partition: 'officer', sort: 'createdOn' },
    byVehicleClass: { partition: 'vehicleClass', sort: 'createdOn' },
  },
  initialState: (): FineSummary => ({
    ...{ status: 'open', officer: '', vehicleClass: '', article: 0, points: 0, createdOn: '' },
    ...{ amountCents: 0, expenseCents: 0, paidCents: 0, payments: 0, appeal: 'none' },
  }),

  evolve: {
    FineCreated: (fine, { on, dismissal, ...creation }) => standing({ ...fine, ...creation, createdOn: on, ...dismissed(on, dismissal) }),
    FineSent: (fine, { on, expenseCents }) => standing({ ...fine, expenseCents, sentOn: on }),
    OffenderNotified: (fine, { on }) => ({ ...fine, notifiedOn: on }),
    PenaltyAdded: (fine, { on, amountCents }) => standing({ ...fine, amountCents, penaltyAddedOn: on }),
    PaymentReceived: (fine, { on, amountCents }) =>
      standing({ ...fine, paidCents: fine.paidCents + amountCents, payments: fine.payments + 1, lastPaidOn: on }),
    SentToCreditCollection: (fine, { on }) => standing({ ...fine, inCollectionOn: on }),
    AppealLodged: (fine, { on }) => standing({ ...fine, appeal: 'pending', appealedOn: on }),
    AppealSentToPrefecture: (fine, { on, dismissal }) => standing({ ...fine, ...dismissed(on, dismissal) }),
    AppealResultNotified: (fine) => standing({ ...fine, appeal: 'decided' }),
    AppealedToJudge: (fine, { on, dismissal }) => standing({ ...fine, appeal: 'pending', appealedOn: on, ...dismissed(on, dismissal) }),
    // No row for `AppealResultReceived`: an appeal is decided only when the offender is notified.
  },
});

const dismissed = (on: string, dismissal: string | undefined) => (dismissal === undefined ? {} : { dismissedOn: on });

/** The fine with the status that follows from its other fields. */
const standing = (fine: FineSummary): FineSummary => ({ ...fine, status: statusOf(fine) });

const statusOf = ({ inCollectionOn, dismissedOn, appeal, ...fine }: FineSummary): FineSummary['status'] => {
  if (inCollectionOn !== undefined) return 'in-collection';
  if (dismissedOn !== undefined) return 'dismissed';
  if (fine.paidCents >= fine.amountCents + fine.expenseCents) return 'paid';
  return appeal === 'pending' ? 'appealed' : 'open';
};
