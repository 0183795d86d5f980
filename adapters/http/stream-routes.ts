import { Invalid, NotFound } from '../../core/basics/errors.ts';
import type { Recorded } from '../../core/basics/messages.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import { type Commit, type EventStore, lastVersion, type Moment } from '../../core/log/event-store.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import { type IntegrationEvent, integrationEvents } from '../../core/publish/publication.ts';
import { type Domain, deciderNamed, publicationsOf } from '../../core/registry/domain.ts';
import { type AnyDecider, foldingOf } from '../../core/write/decider.ts';
import type { Handlers } from './http.ts';
import { type HttpRequest, spaceForPlus, streamIn } from './http-request.ts';
import { ok } from './http-response.ts';
import { type AskedStream, ownStreams } from './owner/own-streams.ts';
import type { QueryOf } from './routes.ts';

/** Answers from the streams themselves: recorded events, integration events, and the state of an aggregate at any time. */
export const streamRoutes = ({
  domain,
  eventStore,
}: {
  readonly domain: Domain;
  readonly eventStore: EventStore;
}): Handlers<'stream' | 'published' | 'state'> => {
  const own = ownStreams(eventStore);
  return {
    stream: async (request) => {
      const asked = streamOf(domain, request);
      await own.demand(asked);
      const page = await recordedEvents(eventStore, { ...asked, ...request.query });
      await own.demandThroughout(asked, page.items);
      return ok(page);
    },
    published: async (request) => {
      const asked = streamOf(domain, request);
      await own.demand(asked);
      const toPublished = integrationEvents(publicationsOf(domain));
      const { page, commits } = await publishedEvents(eventStore, toPublished, { ...asked, ...request.query });
      if (asked.owner !== undefined) await own.demandThroughout(asked, within(asked.decider, commits, request.query));
      return ok(page);
    },
    state: async (request) => {
      const moment = momentOf(request.query);
      const asked = streamOf(domain, request);
      await own.demand(asked);
      const { decider, stream } = asked;
      const { state, version, recordedAt } = await eventStore.past(stream, foldingOf(decider), moment);
      own.demandState(asked, state);
      if (version === 0) throw new NotFound('NotFound', `${streamName(stream)} had no events at that time`);
      const { aggregate, id } = stream;
      return ok({ aggregate, id, version, recordedAt, state });
    },
  };
};

/** The events of a page of versions. */
const within = ({ events }: AnyDecider, commits: readonly Commit[], { from, limit }: QueryOf<'published'>): readonly Recorded[] =>
  commits.flatMap((commit) => fromStored(events, commit)).filter(({ metadata: { version } }) => version >= from && version < from + limit);

type StreamRequest = HttpRequest<'stream' | 'published' | 'state'>;

const streamOf = (domain: Domain, request: StreamRequest): AskedStream => {
  const decider = deciderNamed(domain, request.params.aggregate);
  return { decider, stream: streamIn(request, decider.name), owner: request.caller.owner };
};

const anyVersion = Number.MAX_SAFE_INTEGER;

/** `?version=8`, `?at=2018-04-21T15:10:00Z`, or neither for now. */
const momentOf = ({ version, at }: QueryOf<'state'>): Moment => {
  if (version !== undefined && at !== undefined) throw new Invalid('InvalidRequest', "'version' and 'at' exclude each other");
  if (at === undefined) return { version: version ?? anyVersion };
  const given = at.replace(spaceForPlus, '$1+$2');
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(given) ? new Date(given) : new Date(Number.NaN);
  if (Number.isNaN(time.getTime())) throw new Invalid('InvalidRequest', "'at' must be a time in ISO 8601, like 2018-04-21T15:10:00Z");
  return { at: time.toISOString() };
};

type Page = { readonly stream: Address };

const recordedEvents = async (
  eventStore: EventStore,
  { decider, stream, limit, order, from: given }: Page & QueryOf<'stream'> & { readonly decider: AnyDecider },
) => {
  const newestFirst = order === 'desc';
  const start = newestFirst ? anyVersion : 1;
  const from = given ?? start;
  const { commits, next } = await eventStore.read(stream, { from, limit, newestFirst });
  if (commits.length === 0 && from === start) throw new NotFound('NotFound', `${streamName(stream)} has no events`);
  const events = commits.flatMap((commit) => {
    const found = fromStored(decider.events, commit);
    return newestFirst ? found.toReversed() : found;
  });
  const asked = versionsOf(commits, { from, limit, newestFirst });
  const within = events.filter(({ metadata }) => metadata.version >= asked.lowest && metadata.version <= asked.highest);
  const items = fitting(within, ({ metadata }) => metadata.version);
  const following = within[items.length]?.metadata.version ?? asked.following ?? next;
  const path = `/streams/${stream.aggregate}/${stream.id}?from=${following}&limit=${limit}&order=${order}`;
  return { items, ...(following === undefined ? {} : { next: path }) };
};

/** The stored versions of a page, and the first version after it that is in the same commits. A page counts stored events, not their parts. */
const versionsOf = (commits: readonly Commit[], { from, limit, newestFirst }: PageOfVersions) => {
  const [first, last] = [commits[0], commits.at(-1)];
  if (first === undefined || last === undefined) return { lowest: 1, highest: 0 };
  if (newestFirst) {
    const highest = Math.min(from, lastVersion(first));
    const below = highest - limit;
    return { lowest: below + 1, highest, ...(last.version <= below ? { following: below } : {}) };
  }
  const above = from + limit;
  return { lowest: from, highest: above - 1, ...(lastVersion(last) >= above ? { following: above } : {}) };
};

interface PageOfVersions {
  readonly from: number;
  readonly limit: number;
  readonly newestFirst: boolean;
}

/** The integration events of a stream, published or about to be: for a listener that missed some, or got a reference in place of data. */
const publishedEvents = async (eventStore: EventStore, toPublished: ToPublished, { stream, from, limit }: Page & QueryOf<'published'>) => {
  const end = from + limit;
  const { commits, next: nextCommit } = await eventStore.read(stream, { from, limit });
  const items = commits.flatMap(toPublished).filter(({ streamversion }) => streamversion >= from && streamversion < end);
  const fit = fitting(items, ({ streamversion }) => streamversion);
  const isLast = fit.length === items.length && nextCommit === undefined && commits.every((commit) => lastVersion(commit) < end);
  const following = items[fit.length]?.streamversion ?? Math.min(end, nextCommit ?? end);
  const next = isLast ? {} : { next: `/streams/${stream.aggregate}/${stream.id}/published?from=${following}&limit=${limit}` };
  return { page: { items: fit, ...next }, commits };
};

/** Lambda allows an answer of 6 MiB, in which every quote of this JSON is escaped once more. */
const maxAnswerBytes = 3_000_000;

/**
 * The items that fit into an answer, at least those of one stored event, which are never divided: the next page begins at a version. Commits
 * may be compressed, so a page of the log may be much text.
 */
const fitting = <T>(items: readonly T[], versionOf: (item: T) => number): readonly T[] => {
  let [bytes, whole] = [0, 0];
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    if (before !== undefined && versionOf(before) !== versionOf(item)) whole = index;
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (bytes > maxAnswerBytes && whole > 0) return items.slice(0, whole);
  }
  return items;
};

type ToPublished = (commit: Commit) => readonly IntegrationEvent[];
