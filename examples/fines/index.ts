import { defineDomain } from 'foldstream';
import { fine } from './fine/decider.ts';
import { fineSummary } from './fine/summary.ts';
import { monthTotals, officerTotals, vehicleClassTotals } from './fine/totals.ts';

/** The domain of a traffic police's fines. */
export const domain = defineDomain({
  deciders: [fine],
  projections: [fineSummary, monthTotals, officerTotals, vehicleClassTotals],
});
