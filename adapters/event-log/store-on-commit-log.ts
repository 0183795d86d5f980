import { isStreamName, parseStreamName, streamName } from '../../core/basics/stream.ts';
import {
  type Ahead,
  type Commit,
  type EventStore,
  lastVersion,
  type Page,
  type Range,
  type Request,
  type Tail,
} from '../../core/log/event-store.ts';
import { type CommitItem, commitOf, fromItem, notBefore, readItem, textBytes, toItem, versionAfter } from './commit-item.ts';
import { type CommitLog, checkedTerms, cursorAfter, isSamePlace, type Place } from './commit-log.ts';
import { earlierTry, isOf } from './earlier-try.ts';
import { exactJson, jsonBytes } from './exact-json.ts';
import { snapshotOf, withSnapshot } from './snapshot.ts';
import { advance, emptyEnd, endBytes, type StreamEnd } from './stream-end.ts';
import { foldingUpTo, foldStream, versionAt } from './stream-reader.ts';

const noClaims = { claimed: [], released: [] };

/** An event store on a commit log. It contains everything that does not depend on the database. */
export const eventStore = (log: CommitLog, now: () => Date): EventStore => {
  const ends = new WeakMap<Tail, StreamEnd>();
  /** The requests of which no earlier try was found, and at which end. All commits up to that end were compared with the request. */
  const missing = new WeakMap<Request, StreamEnd>();

  const issue = (end: StreamEnd): Tail => {
    const tail = Object.freeze({ stream: parseStreamName(end.stream), version: end.version, sizeBytes: endBytes(end) }) as Tail;
    ends.set(tail, end);
    return tail;
  };
  const endOf = (tail: Tail): StreamEnd => {
    const end = ends.get(tail);
    if (end === undefined) throw new Error('this tail was not issued by this store: load the stream');
    return end;
  };

  const recalled = async (end: StreamEnd, request: Request): Promise<CommitItem | undefined> => {
    const compared = missing.get(request);
    if (compared === end) return undefined;
    const item = await earlierTry(log, end, request, compared?.stream === end.stream ? compared : undefined);
    if (item === undefined) missing.set(request, end);
    return item;
  };

  /** The next commit of one of the streams that were read. A snapshot in it is not read: the stream then gets its next one early. */
  const ahead = (item: CommitItem, read: readonly StreamEnd[]): Ahead => {
    const before = read.find((end) => isSamePlace(placeAfter(end), item));
    if (before === undefined) throw new Error(`${item.stream} was not read, and its commit at ${item.version} cannot be in the way`);
    return { commit: fromItem(item), tail: issue(advance(before, item, false)) };
  };

  return {
    async load(stream, folding, consistency) {
      const { state, end } = await foldStream({ log, stream: streamName(stream), folding, consistency });
      return { state, tail: issue({ ...end, stateBytes: jsonBytes(exactJson(state)) }) };
    },

    begin: (stream) => issue(emptyEnd(streamName(stream))),

    timeAfter: (tail, at = now().toISOString()) => notBefore(endOf(tail).at, at),

    async append(tail, request, { folded, claims = noClaims, reads = [], recordedAt = now().toISOString(), ...content }) {
      if (content.events.length === 0) throw new Error('a commit must have at least one event');
      const end = endOf(tail);
      const earlier = await recalled(end, request);
      if (earlier !== undefined) return { won: true, isNew: false, commit: fromItem(earlier), tail };
      const { remembered, commitsSince, bytesSince } = end;
      const { fingerprint } = folded;
      const state = exactJson(folded.state);
      const due = { fingerprint, state, recalls: remembered, commitsSince, bytesSince };
      const item = withSnapshot(toItem(end, request, content, recordedAt), due);
      // A stream's next commit has the version after its end as its key, and an end is always that of a commit: only a load issues tails.
      const read = reads.map(endOf);
      if (reads.some(({ stream }) => streamName(stream) === end.stream || stream.tenant !== tail.stream.tenant))
        throw new Error('a decision reads other streams than its own, of the same tenant');
      const inTheWay = await log.putNew(item, checkedTerms({ stream: end.stream, ...claims, unmoved: read.map(placeAfter) }));
      if (inTheWay === undefined) {
        const next = issue({ ...advance(end, item, item.snapshot !== undefined), stateBytes: jsonBytes(state) });
        return { won: true, isNew: true, commit: commitOf(item, content), tail: next };
      }
      const found = inTheWay.find((one) => isSamePlace(one, item));
      const moved = inTheWay.filter((one) => one !== found).map((one) => ahead(one, read));
      if (found === undefined) return { won: false, moved, tail };
      const commit = fromItem(found);
      const next = issue(advance(end, found, snapshotOf(found, fingerprint) !== undefined));
      // The item in this place may be our own: the SDK repeats a put whose response was lost, and the second one finds the first.
      if (isOf(request, found)) return { won: true, isNew: false, commit, tail: next };
      return { won: false, winner: commit, moved, tail: next };
    },

    async recall(tail, request) {
      const item = await recalled(endOf(tail), request);
      return item === undefined ? undefined : fromItem(item);
    },

    read: (stream, range) => readPage(log, streamName(stream), range),

    async scan(segment, cursor) {
      const { items, ...next } = await log.scan(segment, cursor);
      const within = upToBytes(items, pageBytes);
      const last = within.at(-1);
      const isCut = last !== undefined && within.length < items.length;
      return { commits: within.flatMap(inStream), ...(isCut ? { cursor: cursorAfter(last) } : next) };
    },

    async past(stream, folding, moment) {
      const name = streamName(stream);
      const to = 'version' in moment ? moment.version : await versionAt(log, name, moment.at);
      if (to < 1) return { state: folding.initialState(), version: 0, recordedAt: '' };
      const { state, end } = await foldStream({ log, stream: name, folding: foldingUpTo(folding, to), consistency: 'strong', to });
      return { state, version: Math.min(to, end.version), recordedAt: end.at };
    },
  };
};

/** The place that the next commit takes. */
const placeAfter = ({ stream, version }: StreamEnd): Place => ({ stream, version: version + 1 });

/** The commit of an item. The service did not write an item without a stream's name: it is logged and skipped, and `es verify` names it. */
const inStream = (item: CommitItem): readonly Commit[] => {
  if (isStreamName(item.stream)) return [readItem(item)];
  console.error(JSON.stringify({ stream: item.stream, version: item.version, error: 'this is not a stream name: the item is skipped' }));
  return [];
};

/**
 * The most JSON text of a page. Commits are compressed, some of them to a thousandth, so a page of the database can be far more text than a
 * function can hold.
 */
const pageBytes = 8_000_000;

/** The first items whose commits have this much text together; at least one. */
const upToBytes = (items: readonly CommitItem[], maxBytes: number): readonly CommitItem[] => {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += textBytes(item);
    return index > 0 && bytes > maxBytes;
  });
  return end < 0 ? items : items.slice(0, end);
};

const readPage = async (
  log: CommitLog,
  stream: string,
  { from, limit, maxBytes = pageBytes, newestFirst = false }: Range,
): Promise<Page> => {
  if (newestFirst && from < 1) return { commits: [] };
  const bound = newestFirst ? { to: from } : { from };
  const { items, more } = await log.query(stream, { ...bound, limit: limit + 1, newestFirst, consistency: 'strong' });
  const within = newestFirst || from <= 1 || items[0]?.version === from ? [] : await holding(log, stream, from);
  const found = [...within, ...items];
  const commits = upToBytes(found.slice(0, limit), maxBytes).map(readItem);
  const last = commits.at(-1);
  if (last === undefined || !(more || found.length > commits.length)) return { commits };
  const next = newestFirst ? last.version - 1 : lastVersion(last) + 1;
  return next < 1 ? { commits } : { commits, next };
};

/** The item that contains a version but begins before it; empty if there is none. */
const holding = async (log: CommitLog, stream: string, version: number): Promise<readonly CommitItem[]> => {
  const { items } = await log.query(stream, { to: version - 1, limit: 1, newestFirst: true, consistency: 'strong' });
  return items.filter((item) => versionAfter(item) >= version);
};
