import * as z from 'zod';
import { defineProjection } from '../../../core/read/projection.ts';
import { events } from '../../domain/order/events.ts';

const document = z.object({ happened: z.array(z.string()) });
type OrderTimeline = z.output<typeof document>;

const and =
  (what: string) =>
  ({ happened }: OrderTimeline): OrderTimeline => ({ happened: [...happened, what] });

/** The events of an order, in order. */
export const orderTimeline = defineProjection({
  name: 'order-timeline',
  revision: 1,
  events,
  document,
  initialState: (): OrderTimeline => ({ happened: [] }),
  evolve: { OrderPlaced: and('placed'), OrderApproved: and('approved') },
});
