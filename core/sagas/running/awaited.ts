import { type Recorded, rowOf } from '../../basics/messages.ts';
import type { Address } from '../../basics/stream.ts';
import { type Commit, type EventStore, recorded } from '../../log/event-store.ts';
import { restored } from '../../log/stored-events.ts';
import type { SagaAnswer } from '../ports.ts';
import type { AnyStep } from '../saga.ts';

type Log = Pick<EventStore, 'read'>;

/** An event's answer to a step that awaits it; undefined if the step does not await it. */
export const answerIn = ({ to, awaits = {} }: AnyStep, { type, data, metadata }: Recorded): SagaAnswer | undefined => {
  const row = metadata.aggregate === to.name ? rowOf(awaits, type) : undefined;
  if (row === undefined) return undefined;
  return row === 'proceed' ? { proceed: true } : row(data);
};

const isAwaited = ({ awaits = {} }: AnyStep, { type }: { readonly type: string }): boolean => rowOf(awaits, type) !== undefined;

/** The answer of the first awaited event from a version on. */
export const answerSince = async (log: Log, step: AnyStep, stream: Address, since: number): Promise<SagaAnswer | undefined> => {
  for (let from: number | undefined = since; from !== undefined; ) {
    const { commits, next }: Page = await log.read(stream, { from, limit: 100 });
    for (const commit of commits)
      for (const event of recorded(commit)) {
        // A page has whole commits, and `since` may be a version inside of one.
        if (event.metadata.version < since || !isAwaited(step, event)) continue;
        return answerIn(step, restored(step.to.events, event, commit));
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
      .flatMap(recorded)
      .filter((event) => isAwaited(step, event))
      .map(({ metadata }) => metadata.version);
    if (found.length > 0) return Math.max(...found);
    from = next;
  }
  return undefined;
};
