import { parseEventId } from '../../basics/stream.ts';
import { type Commit, clocksDifferMilliseconds, type EventStore, hasIdOf, type Tries } from '../../log/event-store.ts';
import { type Answer, answerOf } from '../../write/command-handler.ts';
import type { SagaTaskRequest } from '../ports.ts';
import type { SagaCommand } from './run.ts';

/**
 * What is known of the tries of a task's command. A later try may come a day after the first one, and after an operator, months. The stream
 * has forgotten the command's id by then, so the write side looks in the log.
 */
export const triesOf = (eventStore: Pick<EventStore, 'read'>, { input, isRetry, enteredAt }: SagaTaskRequest): Tries | undefined => {
  if (input.again === true) return { isFirst: false, since: async () => isoOf(await begunAt(eventStore, input.event)) };
  if (isRetry === true)
    return { isFirst: false, since: async () => isoOf(Math.max(await begunAt(eventStore, input.event), earliestTry(enteredAt))) };
  return enteredAt === undefined ? undefined : { isFirst: true, since: async () => isoOf(Date.parse(enteredAt) - awsClocksDiffer) };
};

/** More than the clocks of Step Functions and of a function differ. A first try looks at little, so it looks no further. */
const awsClocksDiffer = 10_000;

/** More than the tries of a state take together: they last a day and a pause, and a pause has at most a day. */
const longestTriesMilliseconds = 3 * 24 * 3600_000;

/**
 * The time before which a state that was entered once was not tried. AWS does not say whether a retrier enters the state anew, so the first
 * try may be as much older as tries can last.
 */
const earliestTry = (enteredAt: string | undefined): number =>
  enteredAt === undefined ? 0 : Date.parse(enteredAt) - longestTriesMilliseconds;

/** The time from which on the log can have commands of the saga: when its first event was recorded, less the clock difference. */
const begunAt = async (eventStore: Pick<EventStore, 'read'>, eventId: string): Promise<number> => {
  const { stream, version } = parseEventId(eventId);
  const { commits } = await eventStore.read(stream, { from: version, limit: 1 });
  return commits[0] === undefined ? 0 : Date.parse(commits[0].recordedAt) - clocksDifferMilliseconds;
};

const isoOf = (time: number): string => new Date(time).toISOString();

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
    begun ??= await begunAt(eventStore, request.causationId);
    const isOlder = ({ recordedAt }: Commit): boolean => Date.parse(recordedAt) < (begun as number);
    from = commits.some(isOlder) ? undefined : next;
  }
  return undefined;
};
