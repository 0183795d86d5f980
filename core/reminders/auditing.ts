import type { Pace, Pacer } from '../audit/pace.ts';
import { paceIn, unpaced } from '../audit/pace.ts';
import { InvalidEvent, NewerRelease } from '../basics/errors.ts';
import { type Address, eventId, parseEventId, streamName } from '../basics/stream.ts';
import type { Commit, EventStore } from '../log/event-store.ts';
import { fromStored } from '../log/stored-events.ts';
import { demandKnown } from '../processes/sending.ts';
import { foldingOf } from '../write/decider.ts';
import { lastSetting, type Setting, type TimeSet } from './due.ts';
import type { Scheduled } from './ports.ts';
import { type AnyReminder, processOf, reminderOf } from './reminder.ts';
import { commandsOf, isAhead, isTooOld, type RemindingPorts, remind, scheduledBy } from './reminding.ts';
import { settingsIn } from './settings.ts';

/** A difference between the schedules and the log, which the audit has repaired. */
export interface ReminderFinding {
  /**
   * `missing`: a time that is ahead had no schedule, or one for another time. `unsent`: a time is past, and its command was not in the log.
   * `stale`: a schedule of an event that no longer counts. `unreadable`: a stream that this code cannot read; it is left as it is.
   */
  readonly kind: 'missing' | 'unsent' | 'stale' | 'unreadable';
  readonly process: string;
  /** The event; of an unreadable stream, the stream. */
  readonly event: string;
}

/** How far an audit has come. */
export interface ReminderAudit {
  /** The times ahead that it has compared. */
  readonly scheduled: number;
  readonly missing: number;
  readonly unsent: number;
  readonly stale: number;
  readonly unreadable: number;
  /** What it reads next: first the log, then the schedules. */
  readonly reads: 'log' | 'schedules' | 'nothing';
  readonly cursor?: string | undefined;
  readonly pace?: Pace | undefined;
}

export const nothingCompared: ReminderAudit = { scheduled: 0, missing: 0, unsent: 0, stale: 0, unreadable: 0, reads: 'log' };

export interface ReminderAuditPorts extends RemindingPorts {
  readonly eventStore: Pick<EventStore, 'load' | 'read' | 'scan' | 'past'>;
  /** Absent: at full speed. */
  readonly pacer?: ((pace: Pace | undefined) => Pacer) | undefined;
  readonly onFinding: (finding: ReminderFinding) => void;
}

/** Younger events, and times that passed later, are on their way. */
const graceSeconds = 900;

/** A time that passed earlier was seen to by the audit of the day before. */
const secondsToLookBack = 2 * 24 * 3600;

/**
 * Compares what is due by the log with the schedules, and repairs what differs, until it is done or the time is up. A command whose time is
 * past is sent again if the state at that time asked for one, and nothing of it is parked: the log says whether it acted.
 * @throws Unavailable: the audit goes on from where it was.
 */
export const auditReminders =
  (ports: ReminderAuditPorts) =>
  async (begun: ReminderAudit, until: Date): Promise<ReminderAudit> => {
    const pacer = ports.pacer?.(begun.pace) ?? unpaced;
    let audit = begun;
    while (audit.reads !== 'nothing') {
      const page =
        audit.reads === 'log' ? await pacer.read(() => logPage(ports, audit.cursor), until) : await schedulePage(ports, audit.cursor);
      if (page === undefined) break;
      audit = added(audit, page);
      if (ports.now() >= until) break;
    }
    return { ...audit, ...paceIn(pacer) };
  };

interface Page {
  readonly scheduled: number;
  readonly findings: readonly ReminderFinding[];
  readonly cursor?: string | undefined;
}

const added = (audit: ReminderAudit, { scheduled, findings, cursor }: Page): ReminderAudit => {
  const ofKind = (kind: ReminderFinding['kind']): number => audit[kind] + findings.filter((one) => one.kind === kind).length;
  const next = audit.reads === 'log' ? 'schedules' : 'nothing';
  return {
    scheduled: audit.scheduled + scheduled,
    ...{ missing: ofKind('missing'), unsent: ofKind('unsent'), stale: ofKind('stale'), unreadable: ofKind('unreadable') },
    reads: cursor === undefined ? next : audit.reads,
    cursor,
  };
};

const logPage = async (ports: ReminderAuditPorts, from: string | undefined): Promise<Page> => {
  const { commits, cursor } = await ports.eventStore.scan({ index: 0, of: 1 }, from);
  const findings: ReminderFinding[] = [];
  let scheduled = 0;
  for (const [name, ofStream] of byStream(commits))
    for (const reminder of ports.reminders.filter(({ of }) => of.name === (ofStream[0] as Commit).stream.aggregate)) {
      const found = await compared(ports, reminder, ofStream).catch((error: unknown) => {
        if (error instanceof InvalidEvent || error instanceof NewerRelease) return 'unreadable' as const;
        throw error;
      });
      if (found === undefined) continue;
      if (found === 'unreadable') findings.push(tell(ports, { kind: found, process: processOf(reminder), event: name }));
      else if (found !== 'as it should be') findings.push(found);
      if (found === 'as it should be' || (found !== 'unreadable' && found.kind === 'missing')) scheduled += 1;
    }
  return { scheduled, findings, cursor };
};

const byStream = (commits: readonly Commit[]): ReadonlyMap<string, readonly Commit[]> => {
  const all = new Map<string, Commit[]>();
  for (const commit of commits) {
    const name = streamName(commit.stream);
    all.set(name, [...(all.get(name) ?? []), commit]);
  }
  return all;
};

/** Compares one reminder of a stream. Answers undefined if there is nothing to compare; otherwise a finding, or that all is well. */
const compared = async (
  ports: ReminderAuditPorts,
  reminder: AnyReminder,
  commits: readonly Commit[],
): Promise<ReminderFinding | 'as it should be' | undefined> => {
  // The stream may go on outside of this page. If what is here has nothing to look after, a later page has it.
  const here = lastSetting(
    reminder,
    commits.flatMap((commit) => fromStored(reminder.of.events, commit)),
  );
  if (here === undefined || !concerns(ports, here)) return undefined;
  const { stream } = commits[0] as Commit;
  const current = (await settingsIn(ports.eventStore, stream, { reminders: [reminder] })).get(reminder)?.[0];
  if (current === undefined || !concerns(ports, current) || !('at' in current)) return undefined;
  if (!isAhead(ports, current)) return sentBefore(ports, reminder, { current, stream });
  const did = await ports.schedules.ensure(scheduledBy(reminder, current));
  return did === 'kept' ? 'as it should be' : tell(ports, finding('missing', reminder, current));
};

/** Whether the audit looks after it: a time ahead, or one that passed since the audit before the last one. */
const concerns = ({ now }: ReminderAuditPorts, setting: Setting): boolean => {
  if (!('at' in setting)) return false;
  const clock = now().getTime();
  const isOnItsWay = clock - Date.parse(setting.event.metadata.recordedAt) < graceSeconds * 1000;
  const passedSeconds = (clock - Date.parse(setting.at)) / 1000;
  const isPast = passedSeconds >= 0;
  if (isOnItsWay) return false;
  return !isPast || (passedSeconds > graceSeconds && passedSeconds < secondsToLookBack && !isTooOld({ now }, setting));
};

/** A time that is past: sends what the state asked for then, unless the log has it or it is parked. */
const sentBefore = async (
  ports: ReminderAuditPorts,
  reminder: AnyReminder,
  { current, stream }: { readonly current: TimeSet; readonly stream: Address },
): Promise<ReminderFinding | undefined> => {
  const { version, recordedAt } = current.event.metadata;
  // A part of an event that was split since: the whole may have sent it, under its own id.
  if (current.event.metadata.eventId !== eventId(stream, version)) return undefined;
  const moment = current.at > recordedAt ? { at: current.at } : { version };
  const { state } = await ports.eventStore.past(stream, foldingOf(reminder.of), moment);
  if (!asksFor(reminder, current, state)) return undefined;
  if ((await ports.parked.of(processOf(reminder), current.event.metadata.eventId)).length > 0) return undefined;
  let acted = false;
  const handle: RemindingPorts['handle'] = async (...asked) => {
    const answer = await ports.handle(...asked);
    acted ||= !answer.isRepeated && answer.events.length > 0;
    return answer;
  };
  demandKnown(await remind({ ...ports, handle }, reminder, current, { isRepeated: true }));
  return acted ? tell(ports, finding('unsent', reminder, current)) : undefined;
};

/** A row that fails has parked its event: it is not for the audit to try it again. */
const asksFor = (reminder: AnyReminder, due: TimeSet, state: unknown): boolean => {
  try {
    return commandsOf(reminder, due, state).length > 0;
  } catch {
    return false;
  }
};

const schedulePage = async (ports: ReminderAuditPorts, from: string | undefined): Promise<Page> => {
  const { schedules, cursor } = await ports.schedules.list(from);
  const findings: ReminderFinding[] = [];
  for (const scheduled of schedules) {
    if (await isCurrent(ports, scheduled)) continue;
    await ports.schedules.delete(scheduled);
    findings.push(tell(ports, { kind: 'stale', process: scheduled.process, event: scheduled.event }));
  }
  return { scheduled: 0, findings, cursor };
};

/**
 * Whether a schedule is of the event that counts. What this code cannot judge counts: a newer release may have made it, and a schedule that
 * fires in vain does no harm.
 */
export const isCurrent = async (
  { reminders, eventStore }: Pick<RemindingPorts, 'reminders'> & { readonly eventStore: Pick<EventStore, 'read'> },
  { process, event }: Pick<Scheduled, 'process' | 'event'>,
): Promise<boolean> => {
  const reminder = reminderOf(reminders, process);
  const { stream } = parseEventId(event);
  if (reminder === undefined || reminder.of.name !== stream.aggregate) return true;
  try {
    const current = (await settingsIn(eventStore, stream, { reminders: [reminder] })).get(reminder)?.[0];
    return current !== undefined && 'at' in current && current.event.metadata.eventId === event;
  } catch (error) {
    if (error instanceof InvalidEvent || error instanceof NewerRelease) return true;
    throw error;
  }
};

const finding = (kind: ReminderFinding['kind'], reminder: AnyReminder, { event }: Setting): ReminderFinding => ({
  kind,
  process: processOf(reminder),
  event: event.metadata.eventId,
});

const tell = ({ onFinding }: ReminderAuditPorts, one: ReminderFinding): ReminderFinding => {
  onFinding(one);
  return one;
};
