import { Invalid, NotFound } from '../../core/basics/errors.ts';
import type { Recorded } from '../../core/basics/messages.ts';
import { type Address, address, ofTenant, parseEventId, streamName, withoutTenant } from '../../core/basics/stream.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { findEvent } from '../../core/log/find-event.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import { type Domain, deciderNamed, eventsOf, sagasOf } from '../../core/registry/domain.ts';
import type { KnownInterruptions, SagaClaims, SagaFates } from '../../core/sagas/fates.ts';
import { isInterruptible } from '../../core/sagas/interruption.ts';
import { startOf } from '../../core/sagas/running/run.ts';
import { type AnySaga, machineName, sagaNamed } from '../../core/sagas/saga.ts';
import { type SagaExecution, type SagaExecutions, sagaStatus } from '../../core/sagas/status.ts';
import type { Handlers } from './http.ts';
import { streamIn } from './http-request.ts';
import { ok } from './http-response.ts';
import { type AskedStream, ownStreams } from './owner/own-streams.ts';

export interface SagaQueries {
  readonly domain: Domain;
  readonly eventStore: Pick<EventStore, 'read' | 'load' | 'past'>;
  readonly executions: SagaExecutions;
  /** Where events may interrupt a saga. */
  readonly fates?: Pick<SagaFates, 'of'> | undefined;
  /** Where a saga is unique. */
  readonly claims?: Pick<SagaClaims, 'refusedFor'> | undefined;
}

/** Answers where a saga is, by the id of the aggregate whose event started it, or by that event. */
export const sagaRoute = (queries: SagaQueries): Handlers<'saga' | 'runs'> => ({
  saga: async ({ params: { saga, id }, caller: { tenant, owner } }) =>
    ok(await whereIs(queries, sagaNamed(sagasOf(queries.domain), saga), { name: id, tenant, owner })),
  runs: async (request) => {
    const saga = sagaNamed(sagasOf(queries.domain), request.params.saga);
    const stream = streamIn(request, saga.startsOn.of.name);
    const { items, following } = await runsOf(queries, saga, { stream, ...request.query, owner: request.caller.owner });
    const next = `/sagas/${saga.name}/${stream.id}/runs?from=${following}&limit=${request.query.limit}`;
    return ok({ items, ...(following === undefined ? {} : { next }) });
  },
});

/** What a caller names: a run, by the event that started it (`order-42@1`), or an aggregate, by its id (`42`). */
export interface Named {
  /** It may begin with the tenant (`acme/order-42@1`), as `es sagas` prints it. */
  readonly name: string;
  readonly tenant: string | undefined;
  /** Only a run that an aggregate of this owner has started is an answer; absent: any. */
  readonly owner?: string | undefined;
}

/**
 * The status of the run of this name, or of the latest run of the aggregate with this id, which is the last that began. An id may have the
 * form of an event: the name is that of a run first. `pending` means one of three things: the saga has not begun; its event was too old to
 * start it; or it ended more than 90 days ago, so Step Functions no longer knows it. @throws Invalid (`InvalidId`), NotFound.
 */
export const whereIs = async (queries: SagaQueries, saga: AnySaga, named: Named): Promise<Run> => {
  const event = eventNamed(named);
  const { owner } = named;
  const found =
    (event && (await runStartedBy(queries, saga, { ...event, owner }))) ??
    (await latestRun(queries, saga, { stream: aggregateNamed(saga, named), owner }));
  if (found !== undefined) return found;
  const isOwn = event?.stream.aggregate === saga.startsOn.of.name;
  const told = isOwn ? `${ownName(named)} does not start` : `no event of ${streamName(aggregateNamed(saga, named))} starts`;
  throw new NotFound('NotFound', `${told} the saga '${saga.name}'`);
};

const ownName = ({ name, tenant }: Named): string =>
  tenant !== undefined && name.startsWith(`${tenant}/`) ? withoutTenant(tenant, name) : name;

/** The stream of the aggregate with this id. @throws Invalid (`InvalidId`). */
export const aggregateNamed = ({ startsOn: { of } }: AnySaga, named: Named): Address => address(of.name, ownName(named), named.tenant);

const eventNamed = (named: Named): EventNamed | undefined => {
  const name = ownName(named);
  if (name.includes('/')) return undefined;
  try {
    const event = ofTenant(named.tenant, name);
    return { ...parseEventId(event), event };
  } catch (error) {
    if (error instanceof Invalid) return undefined;
    throw error;
  }
};

/** An event's place in the log, and its id. */
type EventNamed = ReturnType<typeof parseEventId> & { readonly event: string };

/** The run that an event started or will start. An earlier definition of the saga may have started it, on an event that starts none today. */
const runStartedBy = async (queries: SagaQueries, saga: AnySaga, { version, event: id, ...of }: Owned & EventNamed) => {
  const { stream } = of;
  if (!queries.domain.deciders.some(({ name }) => name === stream.aggregate)) return undefined;
  if (!(await isOpen(queries, of)) || !(await isOpenAt(queries, of, version))) return undefined;
  const find = findEvent({ ...queries, eventsOf: eventsOf(queries.domain) });
  const event = await find(id).catch(ifNotFound);
  if (event === undefined) return undefined;
  const run = await runOf(queries, saga, event);
  return run.status !== 'pending' || isStart(saga, event) ? run : undefined;
};

/** A stream, and the caller who asks for its runs. Without `owner` it may see all of them. */
interface Owned {
  readonly stream: Address;
  readonly owner?: string | undefined;
}

const askedOf = ({ domain }: SagaQueries, { stream, owner }: Owned): AskedStream => ({
  decider: deciderNamed(domain, stream.aggregate),
  stream,
  owner,
});

const isOpen = (queries: SagaQueries, of: Owned): Promise<boolean> => ownStreams(queries.eventStore).isOpen(askedOf(queries, of));

/** Whether the caller may see the run that the event at this version has started: the stream was the caller's then. */
const isOpenAt = (queries: SagaQueries, of: Owned, version: number): Promise<boolean> =>
  ownStreams(queries.eventStore).isOpenAt(askedOf(queries, of), version);

const ifNotFound = (error: unknown): undefined => {
  if (error instanceof NotFound) return undefined;
  throw error;
};

const latestRun = async (queries: SagaQueries, saga: AnySaga, of: Owned): Promise<Run | undefined> => {
  if (!(await isOpen(queries, of))) return undefined;
  let latest: Run | undefined;
  for await (const { starts } of startsIn(queries, saga, of.stream)) {
    for (const start of starts) {
      if (!(await isOpenAt(queries, of, start.metadata.version))) return latest; // Before, the aggregate was another's.
      const run = await runOf(queries, saga, start);
      if (run.status !== 'pending') return run;
      latest ??= run;
    }
  }
  return latest;
};

export interface PageOfRuns extends Owned {
  /** The version of the newest event of the page; without it, the newest of the stream. */
  readonly from?: number | undefined;
  readonly limit: number;
}

/** The most pages of the log that one page of runs reads: of a long stream a page may have fewer runs than its limit. */
const maxPages = 20;

/** The runs that an aggregate has started, the latest first. `following`: the `from` of the next page. @throws NotFound, if it has none. */
export const runsOf = async (queries: SagaQueries, saga: AnySaga, { from, limit, ...of }: PageOfRuns) => {
  const { stream } = of;
  const unknown = new NotFound('NotFound', `no event of ${streamName(stream)} starts the saga '${saga.name}'`);
  if (!(await isOpen(queries, of))) throw unknown;
  const found: Pick<Recorded, 'metadata'>[] = []; // Without the data of the events, which may be large.
  let following: number | undefined;
  let pages = 0;
  for await (const { starts, next } of startsIn(queries, saga, stream, from)) {
    found.push(...starts.map(({ metadata }) => ({ metadata })));
    following = found[limit]?.metadata.version ?? next;
    pages += 1;
    if (found.length > limit || pages >= maxPages) break;
  }
  if (found.length === 0 && following === undefined && from === undefined) throw unknown;
  const shown = found.slice(0, limit);
  const open = await Promise.all(shown.map(({ metadata }) => isOpenAt(queries, of, metadata.version)));
  if (open.includes(false)) throw unknown;
  const items = await Promise.all(shown.map((start) => runOf(queries, saga, start)));
  return { items, following };
};

type Run = Awaited<ReturnType<typeof runOf>>;

const runOf = async ({ executions, fates, claims }: SagaQueries, saga: AnySaga, { metadata }: Pick<Recorded, 'metadata'>) => {
  const run = { saga: saga.name, id: metadata.id, event: metadata.eventId };
  const execution = await executions.of(machineName(saga), metadata.eventId);
  if (execution !== undefined)
    return { ...run, ...described(saga, execution), ...(isInterruptible(saga) ? interruptionsIn(await fates?.of(execution.name)) : {}) };
  const holder = saga.unique && (await claims?.refusedFor(machineName(saga), metadata.eventId));
  return holder === undefined ? { ...run, status: 'pending' as const } : { ...run, status: 'refused' as const, holder };
};

/** The event that interrupted a run, and those that came after its point of no return. */
const interruptionsIn = ({ fate, tooLate = [] }: Partial<KnownInterruptions> = {}) => ({
  ...(fate !== undefined && 'interruptedBy' in fate ? { interruptedBy: fate.interruptedBy } : {}),
  ...(tooLate.length === 0 ? {} : { tooLateToInterrupt: tooLate.map(({ event }) => event) }),
});

const described = (saga: AnySaga, execution: SagaExecution) => {
  const { name, startedAt, endedAt } = execution;
  return { execution: name, ...sagaStatus(saga, execution), startedAt, ...(endedAt === undefined ? {} : { endedAt }) };
};

/** The events of a stream that start the saga, from a version back, the latest first, by pages of the log. */
async function* startsIn(
  { domain, eventStore }: Pick<SagaQueries, 'domain' | 'eventStore'>,
  saga: AnySaga,
  stream: Address,
  newest?: number,
) {
  const { events } = deciderNamed(domain, stream.aggregate);
  for (let from: number | undefined = newest ?? Number.MAX_SAFE_INTEGER; from !== undefined; ) {
    const { commits, next }: Awaited<ReturnType<EventStore['read']>> = await eventStore.read(stream, {
      from,
      limit: 100,
      newestFirst: true,
    });
    const all = commits.flatMap((commit) => fromStored(events, commit).toReversed());
    const within = all.filter(({ metadata }) => metadata.version <= (newest ?? Number.MAX_SAFE_INTEGER));
    yield { starts: within.filter((event) => isStart(saga, event)), next };
    from = next;
  }
}

/** Whether the event starts the saga. An event with an invalid context counts, too, so that a caller sees it. */
const isStart = (saga: AnySaga, event: Recorded): boolean => {
  try {
    return startOf(saga, event) !== undefined;
  } catch {
    return true;
  }
};
