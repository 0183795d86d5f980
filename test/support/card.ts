import * as z from 'zod';
import { type AnyProjection, defineProjection, type Versioned } from '../../core/read/projection.ts';
import { tally } from './tally.ts';

const document = z.object({
  owner: z.string().optional(),
  title: z.string().optional(),
  rank: z.number().optional(),
  anything: z.unknown().optional(),
});
type Card = z.output<typeof document>;

/** A projection for tests of the read models: documents with any content, under indexes by text and by number. */
export const card = defineProjection({
  name: 'card',
  revision: 1,
  events: tally.events,
  document,
  indexes: {
    byOwner: { partition: 'owner', sort: 'title' },
    ranked: { partition: 'owner', sort: 'rank' },
    byRank: { partition: 'rank', sort: 'title' },
  },
  initialState: (): Card => ({}),
  evolve: { Added: (all) => all },
});

/** Another with the same indexes: what belongs to one is nothing to the other. */
export const otherCard: AnyProjection = { ...card, name: 'other-card' };

export const at = (version: number, content: Readonly<Record<string, unknown>> | null): Versioned => ({
  document: content,
  version,
  recordedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, version)).toISOString(),
});
