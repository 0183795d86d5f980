import { NotFound } from '../../core/basics/errors.ts';
import type { Recorded } from '../../core/basics/messages.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
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

/** Answers where a saga is, by the id of the aggregate whose event started it. */
export const sagaRoute = (queries: SagaQueries): Handlers<'saga'> => ({
  saga: async (request) => {
    const saga = sagaNamed(sagasOf(queries.domain), request.params.saga);
    return ok(await whereIs(queries, saga, streamIn(request, saga.startsOn.of.name)));
  },
});

/**
 * The status of the last saga that the aggregate started. `pending` means one of three things: the saga has not begun; its event was too
 * old to start it; or it ended more than 90 days ago, so Step Functions no longer knows it. @throws NotFound, if no event starts the saga.
 */
export const whereIs = async ({ domain, eventStore, executions }: SagaQueries, saga: AnySaga, stream: Address) => {
  const { name } = saga;
  const { id } = stream;
  const events = (await startsIn({ domain, eventStore }, saga, stream)).map(({ metadata }) => metadata.eventId);
  for (const event of events) {
    const execution = await executions.of(name, event);
    if (execution !== undefined) return { saga: name, id, event, ...described(saga, execution) };
  }
  const [event] = events;
  if (event === undefined) throw new NotFound('NotFound', `no event of ${streamName(stream)} starts the saga '${name}'`);
  return { saga: name, id, event, status: 'pending' };
};

const described = (saga: AnySaga, execution: SagaExecution) => {
  const { name, startedAt, endedAt } = execution;
  return { execution: name, ...sagaStatus(saga, execution), startedAt, ...(endedAt === undefined ? {} : { endedAt }) };
};

/** The events of a stream that start the saga, the latest first. */
const startsIn = async (
  { domain, eventStore }: Pick<SagaQueries, 'domain' | 'eventStore'>,
  saga: AnySaga,
  stream: Address,
): Promise<readonly Recorded[]> => {
  const { events } = deciderNamed(domain, stream.aggregate);
  const starts: Recorded[] = [];
  for (let from: number | undefined = 1; from !== undefined; ) {
    const { commits, next }: Awaited<ReturnType<EventStore['read']>> = await eventStore.read(stream, { from, limit: 100 });
    starts.push(...commits.flatMap((commit) => fromStored(events, commit)).filter((event) => isStart(saga, event)));
    from = next;
  }
  return starts.toReversed();
};

/** Whether the event starts the saga. An event with an invalid context counts, too, so that a caller sees it. */
const isStart = (saga: AnySaga, event: Recorded): boolean => {
  try {
    return startOf(saga, event) !== undefined;
  } catch {
    return true;
  }
};
