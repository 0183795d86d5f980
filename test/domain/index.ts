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

/**
 * The service that the tests of the framework run: small, and with a member of every kind. No test needs what is in domain/.
 * The rehearsal of a deployment updates a service of release 0.1.0 to it, so it reads what that release stored and publishes the same.
 */
export const domain = defineDomain({
  deciders: [order, customer, payment, stock],
  projections: [orderSummary, customerTotals],
  publications: [orderPublication],
  sagas: [fulfilment],
  calls: [paymentProvider],
});
