import * as z from 'zod';
import { defineProjection } from '../../core/read/projection.ts';
import { events } from '../../examples/fines/fine/events.ts';

const document = z.object({ fines: z.int(), amountCents: z.int(), payments: z.int(), paidCents: z.int() });
type Totals = z.output<typeof document>;

const shared = {
  revision: 1,
  events,
  document,
  initialState: (): Totals => ({ fines: 0, amountCents: 0, payments: 0, paidCents: 0 }),
  evolve: {
    FineCreated: (totals: Totals, { amountCents }: { readonly amountCents: number }): Totals => ({
      ...totals,
      fines: totals.fines + 1,
      amountCents: totals.amountCents + amountCents,
    }),
  },
};

/** The fines and payments of a month. */
export const totalsPerMonth = defineProjection({
  ...shared,
  name: 'totals-per-month',
  key: ({ data: { on } }) => on.slice(0, 7),
  evolve: {
    ...shared.evolve,
    PaymentReceived: (totals, { amountCents }) => ({
      ...totals,
      payments: totals.payments + 1,
      paidCents: totals.paidCents + amountCents,
    }),
  },
});

/** A payment does not name the officer of its fine. */
export const totalsPerOfficer = defineProjection({
  ...shared,
  name: 'totals-per-officer',
  key: (event) => (event.type === 'FineCreated' ? event.data.officer : undefined),
});

export const totalsPerVehicleClass = defineProjection({
  ...shared,
  name: 'totals-per-vehicle-class',
  key: (event) => (event.type === 'FineCreated' ? event.data.vehicleClass : undefined),
});
