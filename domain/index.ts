import { defineDomain } from 'foldstream';
import { customer } from './customer/decider.ts';
import { fulfilment } from './fulfilment/saga.ts';
import { customerTotals } from './order/customer-totals.ts';
import { order } from './order/decider.ts';
import { orderPublication } from './order/integration-events.ts';
import { orderSummary } from './order/summary.ts';
import { payment } from './payment/decider.ts';
import { paymentProvider } from './payment/provider.ts';
import { stock } from './stock/decider.ts';

/** The members of this service, by kind. */
export const domain = defineDomain({
  deciders: [order, customer, payment, stock],
  projections: [orderSummary, customerTotals],
  publications: [orderPublication],
  sagas: [fulfilment],
  calls: [paymentProvider],
});
