import { type Consistency, type Folding, lastVersion } from '../../core/log/event-store.ts';
import { type CommitItem, versionAfter } from './commit-item.ts';
import type { CommitLog } from './commit-log.ts';
import { cadence } from './snapshot.ts';
import { emptyEnd, type Folded, foldItem, fromSnapshot } from './stream-end.ts';

export interface StreamRead<S> {
  readonly log: CommitLog;
  readonly stream: string;
  readonly folding: Folding<S>;
  readonly consistency: Consistency;
  /** The last version to read. */
  readonly to?: number;
}

/**
 * Folds a stream from its newest readable snapshot: usually one query, however long the stream is. If this code can read no snapshot, it
 * folds from the first commit, page by page.
 * @throws Error if a commit is missing.
 */
export const foldStream = async <S>(reading: StreamRead<S>): Promise<Folded<S>> => {
  const { stream, folding, consistency } = reading;
  let folded: Folded<S> = { state: folding.initialState(), end: emptyEnd(stream) };
  for await (const { start, items } of pages(reading)) {
    folded = start ?? folded;
    for (const item of items) {
      if (item.version === folded.end.version + 1) folded = foldItem(folded, item, folding);
      else if (consistency === 'strong')
        throw new Error(`${stream} has a hole at version ${folded.end.version + 1}: restore it from a backup`);
      else return foldStream({ ...reading, consistency: 'strong' }); // The pages of an eventual read may come from different replicas.
    }
  }
  return folded;
};

interface FoldPage<S> {
  /** A snapshot from which the fold starts again. */
  readonly start?: Folded<S>;
  /** The next items, oldest first. */
  readonly items: readonly CommitItem[];
}

async function* pages<S>({ log, stream, folding, consistency, to }: StreamRead<S>): AsyncGenerator<FoldPage<S>> {
  const newest: CommitItem[] = [];
  // One of the newest commits has a snapshot, or the next page does if a large snapshot was delayed.
  for (const limit of [cadence, undefined]) {
    const before = newest.at(-1)?.version;
    const page = await log.query(stream, {
      ...(limit === undefined ? {} : { limit }),
      ...upTo(before === undefined ? to : before - 1),
      newestFirst: true,
      consistency,
    });
    newest.push(...page.items);
    const found = startAmong(newest, folding, to);
    if (found !== undefined) return yield found;
    if (!page.more || newest.at(-1)?.version === 1) return yield { items: newest.toReversed() };
  }
  for (let from = 1, more = true; more && from <= (to ?? from); ) {
    const page = await log.query(stream, { from, ...upTo(to), consistency });
    yield { items: page.items };
    from = page.items.reduce((next, item) => Math.max(next, versionAfter(item) + 1), from);
    more = page.more;
  }
}

const upTo = (to: number | undefined): { to?: number } => (to === undefined ? {} : { to });

const startAmong = <S>(newest: readonly CommitItem[], folding: Folding<S>, to = Number.POSITIVE_INFINITY): FoldPage<S> | undefined => {
  for (const [index, item] of newest.entries()) {
    const start = versionAfter(item) <= to ? fromSnapshot(item, folding) : undefined;
    if (start !== undefined) return { start, items: newest.slice(0, index).toReversed() };
  }
  return undefined;
};

/** The same folding, without the events after a version. */
export const foldingUpTo = <S>(folding: Folding<S>, version: number): Folding<S> => ({
  ...folding,
  evolve: (state, commit) =>
    folding.evolve(
      state,
      lastVersion(commit) <= version ? commit : { ...commit, events: commit.events.slice(0, version - commit.version + 1) },
    ),
});

/** The item that begins at a version. */
export const itemAt = async (log: CommitLog, stream: string, version: number): Promise<CommitItem | undefined> =>
  (await log.query(stream, { from: version, to: version, consistency: 'strong' })).items[0];

/** The last version that was recorded at or before a time, or 0. It bisects, because a stream's times never run backwards. */
export const versionAt = async (log: CommitLog, stream: string, at: string): Promise<number> => {
  const newest = async (from: number, to?: number): Promise<CommitItem | undefined> =>
    (await log.query(stream, { from, ...upTo(to), limit: 1, newestFirst: true, consistency: 'strong' })).items[0];

  const last = await newest(1);
  if (last === undefined) return 0;
  let [low, high] = [0, versionAfter(last)]; // `low` was recorded by then; no version above `high` was.
  while (low < high) {
    const middle = low + Math.ceil((high - low) / 2);
    const item = await newest(low + 1, middle);
    if (item === undefined) low = middle;
    else if (item.at <= at) low = versionAfter(item);
    else high = item.version - 1;
  }
  return low;
};
