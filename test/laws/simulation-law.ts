import { expect } from '@jest/globals';
import { type Address, streamName } from '../../core/basics/stream.ts';
import { type Commit, recorded } from '../../core/log/event-store.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import type { AnyProjection } from '../../core/read/projection.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { fixedTotals, headOf, notesOf, poison, totalOf, wholesome } from '../support/read-notes.ts';
import { parkedIn, rowOf } from '../support/read-taps.ts';

export interface History {
  readonly address: Address;
  readonly commits: readonly Commit[];
}

/** Every document is a fresh fold, every checkpoint its stream's head, and nothing is parked that is not poison. */
export const assertWhole = async (
  stores: ProjectionPorts,
  histories: readonly History[],
  { totals, notes }: { readonly totals: AnyProjection; readonly notes: AnyProjection },
): Promise<void> => {
  const good = ({ commits }: History): readonly Commit[] => (totals === fixedTotals ? commits : wholesome(commits));
  const faults = histories
    .filter((history) => good(history).length < history.commits.length)
    .map((history) => ({ stream: streamName(history.address), eventId: poisonIn(history.commits) }))
    .sort((a, b) => (a.stream < b.stream ? -1 : 1));

  for (const projection of [totals, notes]) {
    for (const history of histories) {
      const { version } = await rowOf(stores, projection, progressKey(projection, history.address));
      expect(version).toBe(headOf(good(history)));
    }
    const parked = await parkedIn(stores, projection);
    expect(parked.map(({ stream, eventId }) => ({ stream, eventId })).sort((a, b) => (a.stream < b.stream ? -1 : 1))).toEqual(faults);
  }
  for (const history of histories) {
    const { parked: _, ...row } = await rowOf(stores, totals, history.address.id);
    expect(row).toEqual(totalOf(good(history)));
  }
  const documents = notesOf(histories.map(good));
  for (const key of ['a', 'b']) expect((await rowOf(stores, notes, key)).document).toEqual(documents.get(key) ?? null);
};

const poisonIn = (commits: readonly Commit[]): string | undefined =>
  commits.flatMap(recorded).find(({ data }) => (data as { amount?: number }).amount === poison)?.metadata.eventId;
