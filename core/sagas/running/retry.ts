import { parseToken } from '../../basics/stream.ts';
import { type Commit, clocksDifferMilliseconds, type EventStore, hasIdOf, type Tries } from '../../log/event-store.ts';
import { type Answer, answerOf } from '../../write/command-handler.ts';
import type { SagaTaskRequest } from '../ports.ts';
import type { SagaCommand } from './run.ts';

/**
 * What is known of the tries of a task's command. A later try may come a day after the first one, and after an operator, months. The stream
 * has forgotten the command's id by then, so the write side looks in the log.
 */
export const triesOf = (eventStore: Pick<EventStore, 'read'>, { input, isRetry, enteredAt }: SagaTaskRequest): Tries | undefined => {
  if (input.again === true) return { isFirst: false, since: () => begunAt(eventStore, input.event) };
  if (isRetry === true) return { isFirst: false, since: async () => later(await begunAt(eventStore, input.event), earliestTry(enteredAt)) };
  return enteredAt === undefined ? undefined : { isFirst: true, since: async () => enteredAt };
};

/** More than the tries of a state take together: they last a day and a pause, and a pause has at most a day. */
const longestTriesMilliseconds = 3 * 24 * 3600_000;

/**
 * The time before which a state that was entered once was not tried. AWS does not say whether a retrier enters the state anew, so the first
 * try may be as much older as tries can last.
 */
const earliestTry = (enteredAt: string | undefined): string | undefined =>
  enteredAt === undefined ? undefined : new Date(Date.parse(enteredAt) - longestTriesMilliseconds).toISOString();

const later = (one: string, other: string | undefined): string => (other !== undefined && other > one ? other : one);

/** When the first event of the saga was recorded. The log cannot have commands of the saga that are older. */
const begunAt = async (eventStore: Pick<EventStore, 'read'>, eventId: string): Promise<string> => {
  const { stream, version } = parseToken(eventId);
  const { commits } = await eventStore.read(stream, { from: version, limit: 1 });
  return commits[0]?.recordedAt ?? '1970-01-01T00:00:00.000Z';
};

/** The answer of an earlier try of this command, if the log has its events: it looks back to the saga's first event. */
export const carriedOut = async (
  eventStore: Pick<EventStore, 'read'>,
  { stream, request }: Pick<SagaCommand, 'stream' | 'request'>,
): Promise<Answer | undefined> => {
  let begun: number | undefined;
  for (let from: number | undefined = Number.MAX_SAFE_INTEGER; from !== undefined; ) {
    const { commits, next }: Awaited<ReturnType<EventStore['read']>> = await eventStore.read(stream, {
      from,
      limit: 100,
      newestFirst: true,
    });
    const found = commits.find((commit) => hasIdOf(commit, request));
    if (found !== undefined) return answerOf(found, true);
    begun ??= Date.parse(await begunAt(eventStore, request.causationId)) - clocksDifferMilliseconds;
    const isOlder = ({ recordedAt }: Commit): boolean => Date.parse(recordedAt) < (begun as number);
    from = commits.some(isOlder) ? undefined : next;
  }
  return undefined;
};
