import { defineDomain } from '../core/domain.ts';
import { customer } from './customer/decider.ts';
import { customerTotals } from './order/customer-totals.ts';
import { order } from './order/decider.ts';
import { orderSummary } from './order/summary.ts';

/** What this service is made of: one line per member. */
export const domain = defineDomain({
  deciders: [order, customer],
  projections: [orderSummary, customerTotals],
});
