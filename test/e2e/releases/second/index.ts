import { defineDomain } from '../../../../core/registry/domain.ts';
import { customerTotals } from '../../../domain/order/customer-totals.ts';
import { order } from '../../../domain/order/decider.ts';
import { orderSummary } from '../../../domain/order/summary.ts';
import { next } from '../../../support/revisions.ts';

/** Its next release: the projection in a second revision beside the first, and a new one. */
export const domain = defineDomain({ deciders: [order], projections: [orderSummary, next(orderSummary), customerTotals] });
