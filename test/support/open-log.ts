import { itemBytes } from '../../adapters/aws/item-size.ts';
import type { CommitItem } from '../../adapters/event-log/commit-item.ts';
import { type CommitLog, cursorAfter } from '../../adapters/event-log/commit-log.ts';

export interface OpenLog {
  readonly log: CommitLog;
  /** How often it was asked, by what. */
  readonly calls: { query: number; put: number };
  /** The items of a stream, oldest first. */
  readonly items: (stream: string) => readonly CommitItem[];
  /** So many of a stream's newest items are not seen by eventually consistent reads. */
  readonly lag: (items: number) => void;
  /** Puts another item in the place of one, as nobody but a tamperer does. */
  readonly replace: (item: CommitItem) => void;
}

/** A log for tests that can be looked into and tampered with. Like the database's, a page has so many bytes at most. */
export const openLog = (pageBytes = 1024 * 1024): OpenLog => {
  const streams = new Map<string, Map<number, CommitItem>>();
  const calls = { query: 0, put: 0 };
  let unseen = 0;
  const items = (stream: string): CommitItem[] => [...(streams.get(stream)?.values() ?? [])].sort((a, b) => a.version - b.version);
  const replace = (item: CommitItem): void => {
    streams.set(item.stream, (streams.get(item.stream) ?? new Map()).set(item.version, item));
  };
  const log: CommitLog = {
    putNew: async (item) => {
      calls.put += 1;
      const found = streams.get(item.stream)?.get(item.version);
      if (found === undefined) replace(item);
      return found === undefined ? undefined : [found];
    },
    query: async (
      stream,
      { from = 1, to = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY, newestFirst = false, consistency },
    ) => {
      calls.query += 1;
      const all = items(stream);
      const seen = consistency === 'strong' ? all : all.slice(0, Math.max(0, all.length - unseen));
      const within = seen.filter(({ version }) => version >= from && version <= to);
      if (newestFirst) within.reverse();
      const page: CommitItem[] = [];
      for (let bytes = 0; bytes < pageBytes && page.length < limit && page.length < within.length; ) {
        const item = within[page.length] as CommitItem;
        page.push(item);
        bytes += itemBytes(item);
      }
      return { items: page, more: page.length < within.length };
    },
    scan: async (_, cursor) => {
      const all = [...streams.keys()].sort().flatMap(items);
      return { items: all.slice(all.findIndex((item) => cursorAfter(item) === cursor) + 1) };
    },
  };
  const lag = (items: number): void => {
    unseen = items;
  };
  return { log, calls, items, lag, replace };
};
