import { defineDomain } from '../../../../core/registry/domain.ts';
import { customerTotals } from '../../../domain/order/customer-totals.ts';
import { order } from '../../../domain/order/decider.ts';
import { orderSummary } from '../../../domain/order/summary.ts';
import { next } from '../../../support/revisions.ts';

/** The release after that: the first revision is dropped. */
export const domain = defineDomain({ deciders: [order], projections: [next(orderSummary), customerTotals] });
