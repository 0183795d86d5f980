import { defineDomain } from '../../../../core/registry/domain.ts';
import { tally, tallyTotal } from '../../../support/tally.ts';
import { tallyPublication } from '../../../support/tally-publication.ts';

/** A domain that takes something to the bus, and something not: amounts above 1000 do not fit what is published. */
export const domain = defineDomain({ deciders: [tally], projections: [tallyTotal], publications: [tallyPublication] });
