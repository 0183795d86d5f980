import { defineDomain } from '../../../../core/registry/domain.ts';
import { fixedNotes, fixedTotals } from '../../../support/read-notes.ts';
import { next } from '../../../support/revisions.ts';
import { tally } from '../../../support/tally.ts';

/** The same, after the fix. */
export const domain = defineDomain({ deciders: [tally], projections: [fixedTotals, next(fixedTotals), fixedNotes] });
