import { parseToken } from '../../basics/stream.ts';
import type { Commit, EventStore } from '../../log/event-store.ts';
import { type Answer, answerOf } from '../../write/command-handler.ts';
import type { SagaCommand } from './run.ts';

/**
 * What this command did at an earlier try, if the log has it. The write side knows the last requests of a stream only: a try that
 * others have written so much after is decided anew, and refused because it was carried out.
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
    const found = commits.find(({ commandId }) => commandId === request.commandId);
    if (found !== undefined) return answerOf(found, true);
    begun ??= await begunAt(eventStore, request.causationId);
    const isOlder = ({ recordedAt }: Commit): boolean => Date.parse(recordedAt) < (begun as number);
    from = commits.some(isOlder) ? undefined : next;
  }
  return undefined;
};

/** However much the clocks of two functions differ. */
const clocksDifferMilliseconds = 60_000;

/** No command of a saga is older than the event that has started it. */
const begunAt = async (eventStore: Pick<EventStore, 'read'>, eventId: string): Promise<number> => {
  const { stream, version } = parseToken(eventId);
  const { commits } = await eventStore.read(stream, { from: version, limit: 1 });
  return Date.parse(commits[0]?.recordedAt ?? '1970-01-01T00:00:00.000Z') - clocksDifferMilliseconds;
};
