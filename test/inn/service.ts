import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import type { Recorded } from '../../core/basics/messages.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { findEvent } from '../../core/log/find-event.ts';
import type { ParkedCommand, ParkedCommands } from '../../core/processes/ports.ts';
import { eventsOf, remindersOf } from '../../core/registry/domain.ts';
import { auditReminders, nothingCompared, type ReminderAuditPorts } from '../../core/reminders/auditing.ts';
import type { Scheduled, Schedules } from '../../core/reminders/ports.ts';
import type { AnyReminder } from '../../core/reminders/reminder.ts';
import { fireReminder, hearReminders, remindAgain } from '../../core/reminders/reminding.ts';
import type { HandleCommand } from '../../core/write/command-handler.ts';
import { type CommandOf, foldingOf } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';
import { account, domain, stay } from './index.ts';

export const now = Date.parse('2026-06-01T00:00:00.000Z');
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const later = (milliseconds: number): string => new Date(now + milliseconds).toISOString();

/** The schedules in memory, as the Scheduler has them. */
export const schedulesIn = () => {
  const all = new Map<string, Scheduled>();
  const keyOf = ({ process, event }: Pick<Scheduled, 'process' | 'event'>) => `${process} ${event}`;
  const store: Schedules = {
    ensure: async (one) => {
      const before = all.get(keyOf(one));
      all.set(keyOf(one), one);
      if (before === undefined) return 'made';
      return before.at === one.at ? 'kept' : 'moved';
    },
    delete: async (one) => all.delete(keyOf(one)),
    list: async (cursor = '0') => {
      const page = [...all.values()].slice(Number(cursor), Number(cursor) + 2);
      return page.length < 2 ? { schedules: page } : { schedules: page, cursor: String(Number(cursor) + 2) };
    },
  };
  return { store, all: () => [...all.values()], take: (one: Scheduled) => all.delete(keyOf(one)) };
};

/** What is parked, in memory. */
export const parkedIn = () => {
  const rows = new Map<string, ParkedCommand>();
  const keyOf = ({ process, cause, place }: Pick<ParkedCommand, 'process' | 'cause' | 'place'>) => `${process} ${cause} ${place}`;
  const store: ParkedCommands = {
    put: async (one) => void rows.set(keyOf(one), one),
    of: async (process, cause) => [...rows.values()].filter((one) => one.process === process && one.cause === cause),
    all: async function* (process) {
      yield* [...rows.values()].filter((one) => one.process === process);
    },
    delete: async (one) => void rows.delete(keyOf(one)),
  };
  return { store, list: () => [...rows.values()] };
};

/** A service with one reminder, as it is at a time. */
export const serviceAt = (told: { reminders?: readonly AnyReminder[]; handle?: HandleCommand; schedules?: Schedules } = {}) => {
  let clock = now;
  const eventStore: EventStore = memoryEventStore(() => new Date(clock));
  const parked = parkedIn();
  const schedules = schedulesIn();
  const tooLate: string[] = [];
  const findings: string[] = [];
  const ports: ReminderAuditPorts = {
    reminders: told.reminders ?? remindersOf(domain),
    handle: told.handle ?? handlerOn(eventStore),
    parked: parked.store,
    schedules: told.schedules ?? schedules.store,
    eventStore,
    now: () => new Date(clock),
    onTooLate: (process, event) => void tooLate.push(`${process} ${event}`),
    onParked: () => {},
    onFinding: ({ kind, process, event }) => void findings.push(`${kind} ${process} ${event}`),
  };
  const find = findEvent({ eventStore, eventsOf: eventsOf(domain) });
  const send = handlerOn(eventStore);
  const hear = async (event: Recorded, isRepeated = false) => hearReminders(ports)(event, { isRepeated });
  const fire = async (one: Scheduled, isRepeated = false) => fireReminder(ports)(one, { isRepeated });
  return {
    ports,
    eventStore,
    tooLate,
    findings,
    parked: parked.list,
    schedules: schedules.all,
    pass: (milliseconds: number) => {
      clock += milliseconds;
    },
    tell: (id: string, command: CommandOf<typeof stay>) => send(stay, { id }, request(command)),
    tellAccount: (id: string, type: 'CloseAccount' | 'OpenAccount') => send(account, { id }, request({ type, data: {} })),
    event: (id: string, version: number) => find(`stay-${id}@${version}`),
    hear: async (id: string, version: number, isRepeated = false) => hear(await find(`stay-${id}@${version}`), isRepeated),
    fire,
    /** What the Scheduler does: each schedule whose time has come fires, and is gone. */
    fireDue: async () => {
      for (const one of schedules.all().filter(({ at }) => Date.parse(at) <= clock)) {
        schedules.take(one);
        await fire(one);
      }
    },
    again: (event: string) => remindAgain(ports)('reminder:no-show', event),
    audit: () => auditReminders(ports)(nothingCompared, new Date(clock + hour)),
    noShows: async (id: string) => (await eventStore.load({ aggregate: 'stay', id }, foldingOf(stay), 'strong')).state.noShows,
    cents: async (id: string) => (await eventStore.load({ aggregate: 'account', id }, foldingOf(account), 'strong')).state.cents,
  };
};
