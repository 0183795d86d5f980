import { NotFound } from '../../core/basics/errors.ts';
import type { Recorded } from '../../core/basics/messages.ts';
import { type Address, address, eventId, streamName, withoutTenant } from '../../core/basics/stream.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import { type Domain, deciderNamed, sagasOf } from '../../core/registry/domain.ts';
import { startOf } from '../../core/sagas/running/run.ts';
import type { AnySaga } from '../../core/sagas/saga.ts';
import { sagaNamed } from '../../core/sagas/saga.ts';
import { type SagaExecution, type SagaExecutions, sagaStatus } from '../../core/sagas/status.ts';
import type { Handlers } from './http.ts';
import { streamIn } from './http-request.ts';
import { ok } from './http-response.ts';

export interface SagaQueries {
  readonly domain: Domain;
  readonly eventStore: Pick<EventStore, 'read'>;
  readonly executions: SagaExecutions;
}

/** Answers where a saga is, by the id of the aggregate whose event started it, or by that event. */
export const sagaRoute = (queries: SagaQueries): Handlers<'saga' | 'runs'> => ({
  saga: async ({ params, caller }) => {
    const saga = sagaNamed(sagasOf(queries.domain), params.saga);
    return ok(await whereIs(queries, saga, runNamed(saga, params.id, caller.tenant)));
  },
  runs: async (request) => {
    const saga = sagaNamed(sagasOf(queries.domain), request.params.saga);
    const stream = streamIn(request, saga.startsOn.of.name);
    const { items, following } = await runsOf(queries, saga, { stream, ...request.query });
    const next = `/sagas/${saga.name}/${stream.id}/runs?from=${following}&limit=${request.query.limit}`;
    return ok({ items, ...(following === undefined ? {} : { next }) });
  },
});

/** The runs of a saga that an aggregate has started: one of them, by the version of the event that started it, or the latest. */
export interface SagaRun {
  readonly stream: Address;
  readonly version?: number | undefined;
}

/**
 * The run of this name: the event that started it (`order-42@1`), as `es sagas` prints it, or the id of the aggregate (`42`) for the latest
 * run. Both may begin with the tenant. A name that reads as an event of the aggregate is one, although an id may have this form, too.
 * @throws Invalid (`InvalidId`).
 */
export const runNamed = ({ startsOn: { of } }: AnySaga, name: string, tenant: string | undefined): SagaRun => {
  const own = tenant !== undefined && name.startsWith(`${tenant}/`) ? withoutTenant(tenant, name) : name;
  const [, id, version] = new RegExp(`^${of.name}-(.+)@([1-9]\\d{0,14})$`).exec(own) ?? [];
  if (id === undefined) return { stream: address(of.name, own, tenant) };
  return { stream: address(of.name, id, tenant), version: Number(version) };
};

/**
 * The status of a run. `pending` means one of three things: the saga has not begun; its event was too old to start it; or it ended more
 * than 90 days ago, so Step Functions no longer knows it. The latest run is the last that began. @throws NotFound, if no event starts it.
 */
export const whereIs = async (queries: SagaQueries, saga: AnySaga, { stream, version }: SagaRun) => {
  let latest: Run | undefined;
  for await (const { starts } of startsIn(queries, saga, stream, version)) {
    const asked = version === undefined ? starts : starts.filter(({ metadata }) => metadata.version === version);
    for (const start of asked) {
      const run = await runOf(queries, saga, start);
      if (run.status !== 'pending') return run;
      latest ??= run;
    }
    if (version !== undefined) break;
  }
  if (latest !== undefined) return latest;
  const named = version === undefined ? `no event of ${streamName(stream)} starts` : `${eventId(stream, version)} does not start`;
  throw new NotFound('NotFound', `${named} the saga '${saga.name}'`);
};

export interface PageOfRuns {
  readonly stream: Address;
  /** The version of the newest event of the page; without it, the newest of the stream. */
  readonly from?: number | undefined;
  readonly limit: number;
}

/** The most commits that one page of runs reads: of a long stream a page may have fewer runs than its limit. */
const maxCommits = 2000;

/** The runs that an aggregate has started, the latest first. `following`: the `from` of the next page. @throws NotFound, if it has none. */
export const runsOf = async (queries: SagaQueries, saga: AnySaga, { stream, from, limit }: PageOfRuns) => {
  const found: Recorded[] = [];
  let following: number | undefined;
  let read = 0;
  for await (const { starts, commits, next } of startsIn(queries, saga, stream, from)) {
    found.push(...starts);
    following = found[limit]?.metadata.version ?? next;
    read += commits;
    if (found.length > limit || read >= maxCommits) break;
  }
  if (found.length === 0 && following === undefined && from === undefined)
    throw new NotFound('NotFound', `no event of ${streamName(stream)} starts the saga '${saga.name}'`);
  const items = await Promise.all(found.slice(0, limit).map((start) => runOf(queries, saga, start)));
  return { items, following };
};

type Run = Awaited<ReturnType<typeof runOf>>;

const runOf = async ({ executions }: SagaQueries, saga: AnySaga, { metadata }: Recorded) => {
  const run = { saga: saga.name, id: metadata.id, event: metadata.eventId };
  const execution = await executions.of(saga.name, metadata.eventId);
  return execution === undefined ? { ...run, status: 'pending' as const } : { ...run, ...described(saga, execution) };
};

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
    yield { starts: within.filter((event) => isStart(saga, event)), commits: commits.length, next };
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
