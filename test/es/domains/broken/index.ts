import { defineDomain } from '../../../../core/registry/domain.ts';
import { notes, totals } from '../../../support/read-notes.ts';
import { next } from '../../../support/revisions.ts';
import { tally } from '../../../support/tally.ts';

/** Projections that cannot apply one amount, one of them in two revisions. */
export const domain = defineDomain({ deciders: [tally], projections: [totals, next(totals), notes] });
