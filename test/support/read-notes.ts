import * as z from 'zod';
import type { Address } from '../../core/basics/stream.ts';
import { type Commit, type EventStore, lastVersion, recorded, type StoredEvent, type Tail } from '../../core/log/event-store.ts';
import { type AnyProjection, defineProjection, nothing, type Versioned } from '../../core/read/projection.ts';
import { applied } from './naive-fold.ts';
import { append, newStream } from './requests.ts';
import { tally, tallyTotal } from './tally.ts';

/** An amount that the projections below cannot add. */
export const poison = 666;

/** A document for each note that amounts were added with, made of many streams. `seen` names every event in it, so nothing goes unnoticed. */
export const notes = defineProjection({
  name: 'notes',
  revision: 1,
  events: tally.events,
  document: z.object({ sum: z.int(), seen: z.array(z.string()) }),
  key: (event) => (event.type === 'Added' ? event.data.note : undefined),
  initialState: (): { sum: number; seen: string[] } => ({ sum: 0, seen: [] }),
  evolve: {
    Added: ({ sum, seen }, { amount }, { eventId }) => {
      if (amount === poison) throw new RangeError('cannot be added');
      return { sum: sum + amount, seen: [...seen, eventId].toSorted() };
    },
  },
});

/** `tallyTotal`, with the same weakness. */
export const totals: AnyProjection = {
  ...tallyTotal,
  evolve: {
    ...tallyTotal.evolve,
    Added: (document, data, metadata) => {
      if (data.amount === poison) throw new RangeError('cannot be added');
      return tallyTotal.evolve.Added?.(document, data, metadata);
    },
  },
};

/** The same tables, and code that can add whatever there is. */
export const fixedTotals: AnyProjection = tallyTotal;
export const fixedNotes: AnyProjection = {
  ...notes,
  evolve: { Added: ({ sum, seen }, { amount }, { eventId }) => ({ sum: sum + amount, seen: [...seen, eventId].toSorted() }) },
};

/** An event to store: an amount, under a note if there is one. */
export const noted = (amount: number, note?: string): StoredEvent => ({
  type: 'Added',
  schema: 1,
  data: note === undefined ? { amount } : { amount, note },
});

/** Appends commits to a new stream; answers it and them. */
export const written = async (store: EventStore, ...all: readonly (readonly StoredEvent[])[]) => {
  const stream: Address = newStream();
  const { commits } = await writeMore(store, store.begin(stream), ...all);
  return { stream, commits };
};

export const writeMore = async (store: EventStore, tail: Tail, ...all: readonly (readonly StoredEvent[])[]) => {
  const commits: Commit[] = [];
  let end = tail;
  for (const events of all) {
    const appended = await append(store, end, events);
    commits.push(appended.commit);
    end = appended.tail;
  }
  return { commits, tail: end };
};

/** The commits of a stream before the first with poison in it. */
export const wholesome = (commits: readonly Commit[]): readonly Commit[] => {
  const bad = commits.findIndex((commit) => recorded(commit).some(({ data }) => (data as { amount?: number }).amount === poison));
  return bad < 0 ? commits : commits.slice(0, bad);
};

/** The events of a commit after a version, up to another. */
export const cut = (commit: Commit, after: number, upTo = Number.MAX_SAFE_INTEGER): Commit => {
  const first = Math.max(commit.version, after + 1);
  return { ...commit, version: first, events: commit.events.slice(first - commit.version, Math.max(0, upTo - commit.version + 1)) };
};

/** What the documents of `notes` should be: every event in turn, said as plainly as can be. */
export const notesOf = (streams: readonly (readonly Commit[])[]): ReadonlyMap<string, { sum: number; seen: readonly string[] }> => {
  const documents = new Map<string, { sum: number; seen: readonly string[] }>();
  for (const { type, data, metadata } of streams.flat().flatMap(recorded)) {
    const { amount, note } = data as { amount: number; note?: string };
    if (type !== 'Added' || note === undefined) continue;
    const { sum, seen } = documents.get(note) ?? { sum: 0, seen: [] };
    documents.set(note, { sum: sum + amount, seen: [...seen, metadata.eventId].toSorted() });
  }
  return documents;
};

/** What the document of a stream should be. */
export const totalOf = (commits: readonly Commit[]): Versioned =>
  commits.reduce((before, commit) => applied(tallyTotal, before, commit), nothing);

export const headOf = (commits: readonly Commit[]): number => commits.map(lastVersion).at(-1) ?? 0;
