import * as z from 'zod';
import { definePublication } from '../../core/publish/publication.ts';
import { tally } from './tally.ts';

/** What leaves of a tally: every addition, and the closing. That it was cleared is nobody's business. */
export const tallyPublication = definePublication({
  name: 'tallies',
  events: tally.events,
  publishes: { 'Added.v1': z.object({ tallyId: z.string(), amount: z.int().max(1000) }), 'Closed.v1': z.object({ tallyId: z.string() }) },
  map: {
    Added: ({ amount }, { id }) => ({ type: 'Added.v1', data: { tallyId: id, amount } }),
    Closed: (_, { id }) => ({ type: 'Closed.v1', data: { tallyId: id } }),
  },
});
