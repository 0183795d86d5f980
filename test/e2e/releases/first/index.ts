import { defineDomain } from '../../../../core/registry/domain.ts';
import { order } from '../../../domain/order/decider.ts';
import { orderSummary } from '../../../domain/order/summary.ts';

/** A service with one projection. */
export const domain = defineDomain({ deciders: [order], projections: [orderSummary] });
