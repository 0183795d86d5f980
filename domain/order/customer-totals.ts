import { defineProjection } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

const document = z.object({
  orders: z.int(),
  totalCents: z.int().describe('prices and freight of all orders placed'),
  lastPlacedAt: z.string(),
});
type CustomerTotals = z.output<typeof document>;

/** The totals of a customer's orders. The events of several orders arrive in no order among each other, so the row only sums up. */
export const customerTotals = defineProjection({
  name: 'customer-totals',
  revision: 1,
  events,
  document,
  key: (event) => (event.type === 'OrderPlaced' ? event.data.customerId : undefined),
  initialState: (): CustomerTotals => ({ orders: 0, totalCents: 0, lastPlacedAt: '' }),

  evolve: {
    OrderPlaced: ({ orders, totalCents, lastPlacedAt }, { lines, placedAt }, { recordedAt }) => ({
      orders: orders + 1,
      totalCents: lines.reduce((cents, { priceCents, freightCents }) => cents + priceCents + freightCents, totalCents),
      lastPlacedAt: [lastPlacedAt, placedAt ?? recordedAt].toSorted().at(-1) ?? '',
    }),
  },
});
