import { Refusal } from '../../core/basics/errors.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import type { CommitItem } from './commit-item.ts';
import { type CommitLog, cursorAfter, nameKey } from './commit-log.ts';
import { eventStore } from './store-on-commit-log.ts';

const streamsPerPage = 10;

/** An event store in memory, for tests and for trying a domain without a database. */
export const memoryEventStore = (now: () => Date): EventStore => eventStore(memoryCommitLog(), now);

export const memoryCommitLog = (): CommitLog => {
  const streams = new Map<string, Map<number, CommitItem>>();
  const holders = new Map<string, string>();
  return {
    putNew: async (item, { claimed, released, unmoved }) => {
      const inTheWay = [item, ...unmoved].flatMap(({ stream, version }) => streams.get(stream)?.get(version) ?? []);
      if (inTheWay.length > 0) return inTheWay;
      const keyOf = (name: string): string => nameKey(item.stream, name);
      const taken = claimed.find((name) => (holders.get(keyOf(name)) ?? item.stream) !== item.stream);
      if (taken !== undefined) throw new Refusal('NameTaken', { name: taken });
      for (const key of released.map(keyOf)) if (holders.get(key) === item.stream) holders.delete(key);
      for (const key of claimed.map(keyOf)) holders.set(key, item.stream);
      streams.set(item.stream, (streams.get(item.stream) ?? new Map()).set(item.version, item));
      return undefined;
    },
    query: async (stream, { from = 1, to = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY, newestFirst = false }) => {
      const items = [...(streams.get(stream)?.values() ?? [])].filter(({ version }) => version >= from && version <= to);
      items.sort((a, b) => (newestFirst ? b.version - a.version : a.version - b.version));
      return { items: items.slice(0, limit), more: items.length > limit };
    },
    scan: async ({ index, of }, cursor = cursorAfter({ stream: '', version: 0 })) => {
      const after = JSON.parse(cursor) as Pick<CommitItem, 'stream' | 'version'>;
      // In order, because a stream grows at its end.
      const itemsOf = (name: string): CommitItem[] =>
        [...(streams.get(name)?.values() ?? [])].filter(({ version }) => name !== after.stream || version > after.version);
      const isLeft = (name: string): boolean => name > after.stream || (name === after.stream && itemsOf(name).length > 0);
      const names = [...streams.keys()].filter((name) => name.length % of === index && isLeft(name)).sort();
      const page = names.slice(0, streamsPerPage);
      const items = page.flatMap(itemsOf);
      const last = items.at(-1);
      return names.length > page.length && last !== undefined ? { items, cursor: cursorAfter(last) } : { items };
    },
  };
};
