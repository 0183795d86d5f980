import { type Recorded, rowOf } from '../../basics/messages.ts';
import type { Address } from '../../basics/stream.ts';
import { type Commit, type EventStore, recorded } from '../../log/event-store.ts';
import { typesToday } from '../../log/former.ts';
import { acting } from '../../log/stored-events.ts';
import type { SagaAnswer } from '../ports.ts';
import type { AnyStep } from '../saga.ts';

type Log = Pick<EventStore, 'read'>;

/** An event's answer to a step that awaits it; undefined if the step does not await it. */
export const answerIn = ({ to, awaits = {} }: AnyStep, { type, data, metadata }: Recorded): SagaAnswer | undefined => {
  const row = metadata.aggregate === to.name ? rowOf(awaits, type) : undefined;
  if (row === undefined) return undefined;
  return row === 'proceed' ? { proceed: true } : row(data);
};

/** The events that a stored event is today and that the step awaits. */
const awaitedIn = ({ to, awaits = {} }: AnyStep, event: Recorded, commit: Commit): readonly Recorded[] => {
  const isAwaited = (type: string): boolean => rowOf(awaits, type) !== undefined;
  if (!typesToday(to.events, event.type).some(isAwaited)) return [];
  return acting(to.events, event, commit).filter(({ type }) => isAwaited(type));
};

/** The answer of the first awaited event from a version on. */
export const answerSince = async (log: Log, step: AnyStep, stream: Address, since: number): Promise<SagaAnswer | undefined> => {
  for (let from: number | undefined = since; from !== undefined; ) {
    const { commits, next }: Page = await log.read(stream, { from, limit: 100 });
    for (const commit of commits)
      for (const event of recorded(commit)) {
        // A page has whole commits, and `since` may be a version inside of one.
        if (event.metadata.version < since) continue;
        const [awaited] = awaitedIn(step, event, commit);
        if (awaited !== undefined) return answerIn(step, awaited);
      }
    from = next;
  }
  return undefined;
};

type Page = { readonly commits: readonly Commit[]; readonly next?: number | undefined };

/** The version of the newest event up to a version that the step awaits. It reads backwards, to the first event of the stream if need be. */
export const newestAwaited = async (log: Log, step: AnyStep, stream: Address, version: number): Promise<number | undefined> => {
  for (let from: number | undefined = version; from !== undefined && from > 0; ) {
    const { commits, next }: Page = await log.read(stream, { from, limit: 100, newestFirst: true });
    const found = commits
      .flatMap((commit) => recorded(commit).filter((event) => awaitedIn(step, event, commit).length > 0))
      .map(({ metadata }) => metadata.version);
    if (found.length > 0) return Math.max(...found);
    from = next;
  }
  return undefined;
};
