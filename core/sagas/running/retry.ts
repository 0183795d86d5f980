import { parseToken } from '../../basics/stream.ts';
import { type Commit, type EventStore, hasIdOf } from '../../log/event-store.ts';
import { type Answer, answerOf } from '../../write/command-handler.ts';
import type { SagaCommand } from './run.ts';

/**
 * The answer of an earlier try of this command, if the log has its events. After 64 further commits the write side no longer recognises
 * the command: it decides again, and may refuse because the first try succeeded. So look in the log, back to the saga's first event.
 */
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

/** The largest difference between the clocks of two functions. */
const clocksDifferMilliseconds = 60_000;

/** The time from which on the log can have commands of the saga: when its first event was recorded, less the clock difference. */
const begunAt = async (eventStore: Pick<EventStore, 'read'>, eventId: string): Promise<number> => {
  const { stream, version } = parseToken(eventId);
  const { commits } = await eventStore.read(stream, { from: version, limit: 1 });
  return Date.parse(commits[0]?.recordedAt ?? '1970-01-01T00:00:00.000Z') - clocksDifferMilliseconds;
};
