import { NotFound } from '../basics/errors.ts';
import type { Recorded } from '../basics/messages.ts';
import { type Address, parseEventId } from '../basics/stream.ts';
import type { EventStore } from '../log/event-store.ts';
import { commandsFrom } from '../processes/command-to.ts';
import {
  type Cause,
  demandKnown,
  forgetParked,
  type SendingPorts,
  type Sent,
  sendCommands,
  sendCommandsAgain,
} from '../processes/sending.ts';
import { foldingOf } from '../write/decider.ts';
import { type Setting, settingOf, type TimeSet } from './due.ts';
import type { Scheduled, Schedules } from './ports.ts';
import { type AnyReminder, processOf, reminderOf } from './reminder.ts';
import { settingsIn } from './settings.ts';

export interface RemindingPorts extends SendingPorts {
  readonly reminders: readonly AnyReminder[];
  readonly eventStore: Pick<EventStore, 'load' | 'read'>;
  readonly schedules: Schedules;
  /** Called for a time that was past when its event was heard, and is not made up for because the event is too old. */
  readonly onTooLate: (process: string, eventId: string) => void;
}

/** Whether this delivery may be a later one. */
export interface Delivery {
  /** The queue has delivered the message before. */
  readonly isRepeated: boolean;
}

/** So long a queue keeps a notice. An older event whose time is past was imported, and another system saw to it. */
const daysToMakeUpFor = 14;

/** Later than this after its time, a command may have been sent before, whatever the queue says. A schedule fires within 60 seconds. */
const secondsOfDoubt = 120;

/** A chain of reminders that takes so long at each turn cannot run away, so it is no loop. */
const secondsThatEndAChain = 3600;

/**
 * Hears of an event that sets, moves or cancels times. It folds what is due now, whatever has happened since, and makes the schedules agree.
 * A time that is past is sent at once. So notices may come late, repeatedly and in any order.
 * @throws Unavailable, and the error of a command whose outcome is unknown: the notice has to be delivered again.
 */
export const hearReminders =
  (ports: RemindingPorts) =>
  async (heard: Recorded, delivery: Delivery): Promise<void> => {
    const reminders = ports.reminders.filter((reminder) => settingOf(reminder, heard) !== undefined);
    if (reminders.length === 0) return;
    const outcomes: Sent[] = [];
    for (const [reminder, settings] of await settingsIn(ports.eventStore, streamOf(heard), { reminders })) {
      const [current] = settings;
      if (current !== undefined) outcomes.push(...(await orUnknown(() => follow(ports, reminder, current, delivery))));
      outcomes.push(...(await orUnknown(() => forgetEarlier(ports, reminder, { settings, heard }))));
    }
    demandKnown(outcomes);
  };

/**
 * A schedule has fired. The reminder is sent if its event still counts; otherwise nothing happens, because another event has moved or
 * cancelled it. The firing itself says that the time has come: a local system may run faster than the clock.
 * @throws as `hearReminders` does.
 */
export const fireReminder =
  (ports: RemindingPorts) =>
  async (fired: Scheduled, delivery: Delivery): Promise<void> => {
    const reminder = reminderOf(ports.reminders, fired.process);
    const { stream, version } = parseEventId(fired.event);
    if (reminder === undefined || reminder.of.name !== stream.aggregate) return;
    const current = (await settingsIn(ports.eventStore, stream, { reminders: [reminder] })).get(reminder)?.[0];
    // Another release may have split the event since it set the time, or joins its parts: the commands keep the id of the schedule.
    if (current?.event.metadata.version !== version) return;
    // Other code may say another time for the same event.
    if ('at' in current && current.at === fired.at) demandKnown(await remind(ports, reminder, current, { ...delivery, id: fired.event }));
    else demandKnown(await follow(ports, reminder, current, delivery));
  };

/**
 * Sends once more what was parked, for an operator, and takes out of the list what is carried out, or is no longer due.
 * @throws as `hearReminders` does; NotFound if the code has no such reminder.
 */
export const remindAgain =
  (ports: RemindingPorts) =>
  async (process: string, eventId: string): Promise<void> => {
    const reminder = reminderOf(ports.reminders, process);
    const { stream, version } = parseEventId(eventId);
    if (reminder === undefined || reminder.of.name !== stream.aggregate)
      throw new NotFound('NotFound', `no '${process}' is of the event ${eventId}`);
    const { state, settings } = await folded(ports, reminder, stream);
    const [current] = settings;
    const isDue = current?.event.metadata.version === version && !('isCancelled' in current);
    if (isDue && !isAhead(ports, current))
      return sendCommandsAgain(ports, causeOf(reminder, current, { isRepeated: true, id: eventId }), () =>
        commandsOf(reminder, current, state),
      );
    if (isDue && 'at' in current) await ports.schedules.ensure(scheduledBy(reminder, current)); // Its row was mended.
    await forgetParked(ports, process, eventId);
  };

/** Does what a stream's last word on a reminder asks for. */
const follow = async (ports: RemindingPorts, reminder: AnyReminder, current: Setting, delivery: Delivery): Promise<readonly Sent[]> => {
  if ('isCancelled' in current) return [];
  if ('fault' in current)
    return sendCommands(ports, causeOf(reminder, current, { isRepeated: false }), () => commandsOf(reminder, current, undefined));
  if (isAhead(ports, current)) {
    await ports.schedules.ensure(scheduledBy(reminder, current));
    return [];
  }
  if (isTooOld(ports, current)) {
    ports.onTooLate(processOf(reminder), current.event.metadata.eventId);
    return [];
  }
  return remind(ports, reminder, current, delivery);
};

type Clock = Pick<RemindingPorts, 'now'>;

/** Whether a setting has a time that is not past. */
export const isAhead = ({ now }: Clock, setting: Setting): boolean => 'at' in setting && now().getTime() < Date.parse(setting.at);

/** Whether an event is too old for a time that is past to be made up for. */
export const isTooOld = ({ now }: Clock, { event }: Setting): boolean =>
  now().getTime() - Date.parse(event.metadata.recordedAt) > daysToMakeUpFor * 24 * 3600 * 1000;

/** How a command is sent: `id` is the one that the schedule had, if another release made it. */
interface SentAs extends Delivery {
  readonly id?: string | undefined;
}

/** Sends what the state asks for when the time has come, if the event still counts in that state. */
export const remind = async (
  ports: RemindingPorts,
  reminder: AnyReminder,
  due: TimeSet,
  { isRepeated, id }: SentAs,
): Promise<readonly Sent[]> => {
  const { state, settings } = await folded(ports, reminder, streamOf(due.event));
  if (settings[0]?.event.metadata.eventId !== due.event.metadata.eventId) return []; // The notice of the later event sees to it.
  const begins = Math.max(Date.parse(due.at), Date.parse(due.event.metadata.recordedAt));
  const isLate = ports.now().getTime() - begins > secondsOfDoubt * 1000;
  return sendCommands(ports, causeOf(reminder, due, { isRepeated: isRepeated || isLate, id }), () => commandsOf(reminder, due, state));
};

/** The state of a stream, and what its events up to this state say. */
const folded = async ({ eventStore }: RemindingPorts, reminder: AnyReminder, stream: Address) => {
  const { state, tail } = await eventStore.load(stream, foldingOf(reminder.of), 'strong');
  const settings = await settingsIn(eventStore, stream, { reminders: [reminder], upTo: tail.version });
  return { state, settings: settings.get(reminder) ?? [] };
};

/** What a reminder sends in a state. @throws what `send` throws; the fault of the row that sets the time. */
export const commandsOf = (reminder: AnyReminder, due: Setting, state: unknown) => {
  if ('fault' in due) throw due.fault;
  if ('isCancelled' in due) return [];
  const { id, tenant } = due.event.metadata;
  const about = { id, ...(tenant === undefined ? {} : { tenant }), due: due.at, cause: due.event.metadata };
  return commandsFrom(reminder, reminder.send(state, about));
};

/** No command was sent before the event was recorded. */
const causeOf = (reminder: AnyReminder, setting: Setting, { isRepeated, id = setting.event.metadata.eventId }: SentAs): Cause => {
  const { metadata } = setting.event;
  const waitedSeconds = 'at' in setting ? (Date.parse(setting.at) - Date.parse(metadata.recordedAt)) / 1000 : 0;
  return {
    process: processOf(reminder),
    id,
    since: metadata.recordedAt,
    isRepeated,
    of: waitedSeconds >= secondsThatEndAChain ? { ...metadata, depth: undefined } : metadata,
  };
};

/**
 * Deletes the schedules that the heard event has replaced: that of the event before it, and its own if it no longer counts. One that is
 * missed, or that another process makes again meanwhile, fires in vain.
 */
const forgetEarlier = async (
  ports: RemindingPorts,
  reminder: AnyReminder,
  { settings, heard }: { readonly settings: readonly Setting[]; readonly heard: Recorded },
): Promise<readonly Sent[]> => {
  const { version } = heard.metadata;
  const own = settings.slice(1).filter(({ event }) => event.metadata.version === version);
  const before = settings.filter(({ event }) => event.metadata.version < version).slice(0, 1);
  for (const one of [...own, ...before]) if ('at' in one && isAhead(ports, one)) await ports.schedules.delete(scheduledBy(reminder, one));
  return [];
};

export const scheduledBy = (reminder: AnyReminder, { event, at }: TimeSet): Scheduled => ({
  process: processOf(reminder),
  event: event.metadata.eventId,
  at,
});

const streamOf = ({ metadata: { aggregate, id, tenant } }: Recorded): Address => ({
  aggregate,
  id,
  ...(tenant === undefined ? {} : { tenant }),
});

/** What came of it, or its error: the other reminders of the event must not wait for this one. */
const orUnknown = async (does: () => Promise<readonly Sent[]>): Promise<readonly Sent[]> => {
  try {
    return await does();
  } catch (error) {
    return [{ error }];
  }
};
