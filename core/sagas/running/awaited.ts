import { type Catalogue, type Recorded, rowOf } from '../../basics/messages.ts';
import type { Address } from '../../basics/stream.ts';
import { type Commit, type EventStore, recorded } from '../../log/event-store.ts';
import { typesToday } from '../../log/former.ts';
import { acting } from '../../log/stored-events.ts';
import type { SagaAnswer } from '../ports.ts';
import type { AnyStep } from '../saga.ts';

type Log = Pick<EventStore, 'read'>;

/** An event's answer to a step that awaits it; undefined if the step does not await it. */
export const answerIn = ({ to, awaits = {} }: AnyStep, { type, data, metadata }: Recorded): SagaAnswer | undefined => {
  const row = metadata.aggregate === to?.name ? rowOf(awaits, type) : undefined;
  if (row === undefined) return undefined;
  return row === 'proceed' ? { proceed: true } : row(data);
};

/** The events that a stored event is today and that have a row in a table: in `awaits`, or in `learns`. */
export const eventsWithRow = (events: Catalogue, rows: object, event: Recorded, commit: Commit): readonly Recorded[] => {
  const hasRow = (type: string): boolean => rowOf(rows as Readonly<Record<string, unknown>>, type) !== undefined;
  if (!typesToday(events, event.type).some(hasRow)) return [];
  return acting(events, event, commit).filter(({ type }) => hasRow(type));
};

/** The first awaited event from a version on. */
export const awaitedSince = async (log: Log, step: AnyStep, stream: Address, since: number): Promise<Recorded | undefined> => {
  for (let from: number | undefined = since; from !== undefined; ) {
    const { commits, next }: Page = await log.read(stream, { from, limit: 100 });
    for (const commit of commits)
      for (const event of recorded(commit)) {
        // A page has whole commits, and `since` may be a version inside of one.
        if (event.metadata.version < since) continue;
        const [awaited] = eventsWithRow(eventsOf(step), step.awaits ?? {}, event, commit);
        if (awaited !== undefined) return awaited;
      }
    from = next;
  }
  return undefined;
};

/** The events of the aggregate that does the step. */
export const eventsOf = ({ to }: AnyStep): Catalogue => to?.events ?? {};

type Page = { readonly commits: readonly Commit[]; readonly next?: number | undefined };

/** The version of the newest event up to a version that has a row in a table. It reads backwards, to the first event of the stream if need be. */
export const newestWithRow = async (
  log: Log,
  { events, rows }: { readonly events: Catalogue; readonly rows: object },
  stream: Address,
  version: number,
): Promise<number | undefined> => {
  for (let from: number | undefined = version; from !== undefined && from > 0; ) {
    const { commits, next }: Page = await log.read(stream, { from, limit: 100, newestFirst: true });
    const found = commits
      .flatMap((commit) => recorded(commit).filter((event) => eventsWithRow(events, rows, event, commit).length > 0))
      .map(({ metadata }) => metadata.version);
    if (found.length > 0) return Math.max(...found);
    from = next;
  }
  return undefined;
};
