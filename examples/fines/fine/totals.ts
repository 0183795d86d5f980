import { defineProjection } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

// Documents of many fines. The events of several fines arrive in no order among each other, so every row only adds.

const count = z.int().nonnegative();
const monthDocument = z.object({
  year: z.string(),
  month: z.string(),
  finedCents: count.describe('of the fines created in the month'),
  paidCents: count.describe('all payments of the month'),
  events: z.record(z.string(), count).describe('how many there were of each type'),
});
type MonthTotals = z.output<typeof monthDocument>;

/** The events of a month, regardless of when their fines were created. */
export const monthTotals = defineProjection({
  name: 'month-totals',
  revision: 1,
  events,
  document: monthDocument,
  indexes: { byYear: { partition: 'year', sort: 'month' } },
  key: ({ data }) => monthOf(data.on),
  initialState: (): MonthTotals => ({ year: '', month: '', finedCents: 0, paidCents: 0, events: {} }),

  evolve: {
    FineCreated: (totals, { on, amountCents }) => counted({ ...totals, finedCents: totals.finedCents + amountCents }, on, 'FineCreated'),
    FineSent: (totals, { on }) => counted(totals, on, 'FineSent'),
    OffenderNotified: (totals, { on }) => counted(totals, on, 'OffenderNotified'),
    PenaltyAdded: (totals, { on }) => counted(totals, on, 'PenaltyAdded'),
    PaymentReceived: (totals, { on, amountCents }) =>
      counted({ ...totals, paidCents: totals.paidCents + amountCents }, on, 'PaymentReceived'),
    SentToCreditCollection: (totals, { on }) => counted(totals, on, 'SentToCreditCollection'),
    AppealLodged: (totals, { on }) => counted(totals, on, 'AppealLodged'),
    AppealSentToPrefecture: (totals, { on }) => counted(totals, on, 'AppealSentToPrefecture'),
    AppealResultReceived: (totals, { on }) => counted(totals, on, 'AppealResultReceived'),
    AppealResultNotified: (totals, { on }) => counted(totals, on, 'AppealResultNotified'),
    AppealedToJudge: (totals, { on }) => counted(totals, on, 'AppealedToJudge'),
  },
});

const monthOf = (on: string): string => on.slice(0, 'yyyy-mm'.length);

const counted = (totals: MonthTotals, on: string, type: keyof typeof events): MonthTotals => ({
  ...totals,
  year: on.slice(0, 'yyyy'.length),
  month: monthOf(on),
  events: { ...totals.events, [type]: (totals.events[type] ?? 0) + 1 },
});

const creationDocument = z.object({ fines: count, finedCents: count });
type CreationTotals = z.output<typeof creationDocument>;

/** Only `FineCreated` has the officer and the vehicle class, so these totals count creations alone. */
const creations = {
  revision: 1,
  events: { FineCreated: events.FineCreated },
  document: creationDocument,
  initialState: (): CreationTotals => ({ fines: 0, finedCents: 0 }),
  evolve: {
    FineCreated: ({ fines, finedCents }: CreationTotals, { amountCents }: z.output<typeof events.FineCreated>) => ({
      fines: fines + 1,
      finedCents: finedCents + amountCents,
    }),
  },
};

export const officerTotals = defineProjection({ ...creations, name: 'officer-totals', key: ({ data }) => data.officer });

export const vehicleClassTotals = defineProjection({ ...creations, name: 'vehicle-class-totals', key: ({ data }) => data.vehicleClass });
