import { Invalid } from '../core/errors.ts';
import type { Consistency, EventStore, Page, Request, Tail } from '../core/event-store.ts';
import { parseStreamName, streamName } from '../core/stream.ts';
import { beginningOf, type CommitItem, digestOf, fromItem, type Predecessor, toItem, versionAfter } from './commit-item.ts';
import type { CommitLog } from './commit-log.ts';

/** The end of a stream: its last commit, and every commit whose request can be recalled. */
interface End extends Predecessor {
  readonly remembered: ReadonlyMap<string, CommitItem>;
}

/** An event store on a commit log: everything that does not depend on the database is here, once. */
export const eventStore = (log: CommitLog, now: () => Date): EventStore => {
  const ends = new WeakMap<Tail, End>();

  const issue = (end: End): Tail => {
    const tail = Object.freeze({ stream: parseStreamName(end.stream), version: end.version }) as Tail;
    ends.set(tail, end);
    return tail;
  };
  const endOf = (tail: Tail): End => {
    const end = ends.get(tail);
    if (end === undefined) throw new Error('this tail was not issued by this store: load the stream');
    return end;
  };

  return {
    async load(stream, consistency) {
      const items = await loadItems(log, streamName(stream), consistency);
      return { tail: issue(endAfter(streamName(stream), items)), commits: items.map(fromItem) };
    },

    async append(tail, request, events) {
      if (events.length === 0) throw new Error('a commit holds one event or more');
      const end = endOf(tail);
      const item = toItem(end, request, events, now());
      const found = await log.putNew(item);
      if (found === undefined) return { won: true, commit: fromItem(item), tail: issue(advance(end, item)) };
      const next = issue(advance(end, found));
      // The item in our place may be ours: a put whose answer was lost is sent again by the SDK and meets itself.
      if (isOf(request, found)) return { won: true, commit: fromItem(found), tail: next };
      return { won: false, winner: fromItem(found), tail: next };
    },

    async recall(tail, request) {
      const item = endOf(tail).remembered.get(request.commandId);
      return item !== undefined && isOf(request, item) ? fromItem(item) : undefined;
    },

    read: (stream, from, limit) => readPage(log, streamName(stream), from, limit),
  };
};

const endAfter = (stream: string, items: readonly CommitItem[]): End => {
  const last = items.at(-1);
  const remembered = new Map(items.map((item) => [item.command, item]));
  return last === undefined ? { ...beginningOf(stream), remembered } : { ...predecessor(last), remembered };
};

const advance = ({ remembered }: End, item: CommitItem): End => ({
  ...predecessor(item),
  remembered: new Map([...remembered, [item.command, item]]),
});

const predecessor = (item: CommitItem): Predecessor => ({ stream: item.stream, version: versionAfter(item), at: item.at, hash: item.hash });

/** Whether the item was written for this very request. @throws Invalid where only the id is the same. */
const isOf = (request: Request, { command, request: digest, stream }: CommitItem): boolean => {
  if (command !== request.commandId) return false;
  if (Buffer.compare(digest, digestOf(request)) === 0) return true;
  throw new Invalid('IdempotencyKeyReused', `'${command}' was used on ${stream} with another command or other data`);
};

const loadItems = async (log: CommitLog, stream: string, consistency: Consistency): Promise<readonly CommitItem[]> => {
  const items: CommitItem[] = [];
  for (let more = true; more; ) {
    const last = items.at(-1);
    const page = await log.query(stream, { from: last === undefined ? 1 : versionAfter(last) + 1, consistency });
    items.push(...page.items);
    more = page.more;
  }
  const gap = firstGap(items);
  if (gap === undefined) return items;
  if (consistency === 'strong') throw new Error(`${stream} has a hole at version ${gap}: it was damaged, restore it from a backup`);
  return loadItems(log, stream, 'strong'); // Pages of an eventual read may come from replicas of different age.
};

const firstGap = (items: readonly CommitItem[]): number | undefined => {
  const expected = (index: number) => (index === 0 ? 1 : versionAfter(items[index - 1] as CommitItem) + 1);
  const index = items.findIndex((item, at) => item.version !== expected(at));
  return index < 0 ? undefined : expected(index);
};

const readPage = async (log: CommitLog, stream: string, from: number, limit: number): Promise<Page> => {
  const { items, more } = await log.query(stream, { from, limit: limit + 1, consistency: 'strong' });
  const within = items[0]?.version === from || from <= 1 ? [] : await holding(log, stream, from);
  const found = [...within, ...items];
  const kept = found.slice(0, limit);
  const last = kept.at(-1);
  const commits = kept.map(fromItem);
  return last !== undefined && (more || found.length > limit) ? { commits, next: versionAfter(last) + 1 } : { commits };
};

/** The commit that holds a version without beginning with it. */
const holding = async (log: CommitLog, stream: string, version: number): Promise<readonly CommitItem[]> => {
  const { items } = await log.query(stream, { from: 1, to: version - 1, limit: 1, newestFirst: true, consistency: 'strong' });
  return items.filter((item) => versionAfter(item) >= version);
};
