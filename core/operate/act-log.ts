import { eventId } from '../basics/stream.ts';
import type { EventStore } from '../log/event-store.ts';
import { fromStored } from '../log/stored-events.ts';
import { type ActBegun, type ActEnded, acts, actsOf, dayMilliseconds, firstMonth, monthOf } from './acts.ts';

/** An act of an operator, as the log has it. */
export interface RecordedAct extends ActBegun {
  /** The event that recorded its begin: `system-2026-11@7`. */
  readonly event: string;
  /** ISO 8601. */
  readonly begunAt: string;
  readonly who?: string | undefined;
  /** Absent: the act goes on, or the operator's machine stopped before the end was recorded. */
  readonly end?: Omit<ActEnded, 'id'> & { readonly endedAt: string };
}

export interface ActLogPorts {
  readonly eventStore: Pick<EventStore, 'read'>;
  readonly now: () => Date;
}

const commitsAtATime = 100;

/** The acts since a time, the newest first, month by month. @throws InvalidEvent at a damaged commit. */
export async function* recordedActs({ eventStore, now }: ActLogPorts, since: string): AsyncGenerator<RecordedAct> {
  // The clock of the function may be ahead.
  let month = monthOf(new Date(now().getTime() + dayMilliseconds));
  for (; month >= firstMonth && month >= since.slice(0, 7); month = monthBefore(month))
    for await (const act of actsIn(eventStore, month)) if (act.begunAt >= since) yield act;
}

/** The acts of one month, the newest first. An end stands after its begin in the stream, so it is read before it. */
async function* actsIn(eventStore: ActLogPorts['eventStore'], month: string): AsyncGenerator<RecordedAct> {
  const ends = new Map<string, RecordedAct['end']>();
  for (let from: number | undefined = Number.MAX_SAFE_INTEGER; from !== undefined; ) {
    const page: Awaited<ReturnType<EventStore['read']>> = await eventStore.read(actsOf(month), {
      from,
      limit: commitsAtATime,
      newestFirst: true,
    });
    for (const { type, data, metadata } of page.commits.flatMap((commit) => fromStored(acts.events, commit).toReversed())) {
      if (type === 'ActEnded') {
        const { id, ...end } = data as ActEnded;
        ends.set(id, { ...end, endedAt: metadata.recordedAt });
        continue;
      }
      const begun = data as ActBegun;
      const end = ends.get(begun.id);
      const event = eventId(actsOf(month), metadata.version);
      yield { ...begun, event, begunAt: metadata.recordedAt, who: metadata.actor, ...(end === undefined ? {} : { end }) };
    }
    from = page.next;
  }
}

/** `2026-01` → `2025-12` */
const monthBefore = (month: string): string => {
  const first = new Date(`${month}-01T00:00:00.000Z`);
  return monthOf(new Date(first.getTime() - dayMilliseconds));
};
