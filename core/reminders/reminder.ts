import type * as z from 'zod';
import type { Metadata } from '../basics/messages.ts';
import type { Commands } from '../processes/command-to.ts';
import { processName } from '../processes/kinds.ts';
import type { AnyDecider, StateOf } from '../write/decider.ts';

/** A point in time: ISO 8601 with a zone (`2026-06-01T14:00:00+02:00`), a day (its first moment in UTC), or a date. */
export type Time = string | Date;

/** What a reminder reminds of. */
export interface ReminderDue {
  /** The id of the aggregate whose event set the time. */
  readonly id: string;
  /** The tenant that owns it; absent in a service without tenants. */
  readonly tenant?: string | undefined;
  /** The time that was set: ISO 8601, UTC, milliseconds. */
  readonly due: string;
  /** Of the event that set it. */
  readonly cause: Metadata;
}

/**
 * A command at a time. Events of one aggregate set the time, move it or cancel it; when it has come, the reminder sends what the state then
 * asks for.
 *
 * - What is due is a fold of the stream: the answer of the last event with a row counts. A stream has one time in each reminder.
 * - The command is sent up to 60 seconds after its time, or at once if the time is past when the event is heard. It has one id
 *   (`reminder:no-show/booking-42@7/0`, of the event that set the time), so it acts once. An event that cancels may come while the command
 *   is under way, so the aggregate that receives it must be able to refuse it.
 * - What is refused is parked: `npm run es -- processes` lists it.
 * - Imported events set times that are ahead. A time that is past is not made up for if its event is older than 14 days.
 */
export interface Reminder<D extends AnyDecider, T extends readonly AnyDecider[]> {
  /** Named for what it reminds of, in kebab-case. It is part of the commands' ids and of the schedules' names, so it must not change. */
  readonly name: string;
  /** The aggregate whose events set the time. */
  readonly of: D;
  /** The aggregates that receive commands. */
  readonly to: T;
  /** A row for each event type that sets the time, moves it (a time), or cancels it (`null`). It is pure. */
  readonly due: {
    readonly [E in keyof D['events'] & string]?: (data: z.output<D['events'][E]>, metadata: Metadata) => Time | null;
  };
  /** What is sent when the time has come: a command, a list of them, or `null` for none. The state is that of the moment. It is pure. */
  readonly send: (state: StateOf<D>, about: ReminderDue) => Commands<T[number]>;
}

/**
 * Defines a reminder: a command at a time that events set, move and cancel. The types come from the aggregates. A row for an event that the
 * aggregate does not record, and a command to an aggregate that `to` does not name, do not compile.
 *
 * @example
 * export const noShow = defineReminder({
 *   name: 'no-show',
 *   of: booking,
 *   to: [booking],
 *   due: {
 *     StayBooked: ({ arrival }) => `${arrival}T23:59:00Z`,
 *     StayCancelled: () => null,
 *   },
 *   send: (_state, { id }) => commandTo(booking, { id, type: 'MarkNoShow', data: {} }),
 * });
 */
export const defineReminder = <const D extends AnyDecider, const T extends readonly AnyDecider[]>(
  reminder: Reminder<D, T>,
): Reminder<D, T> => reminder;

/** A reminder without its type parameters, for code that works with any reminder. */
export interface AnyReminder {
  readonly name: string;
  readonly of: AnyDecider;
  readonly to: readonly AnyDecider[];
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly due: Readonly<Record<string, ((data: any, metadata: Metadata) => Time | null) | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly send: (state: any, about: ReminderDue) => Commands<AnyDecider>;
}

/** The reminder that is this process, or undefined. */
export const reminderOf = (reminders: readonly AnyReminder[], process: string): AnyReminder | undefined =>
  reminders.find((one) => processOf(one) === process);

/** The name of a reminder as a process: `reminder:no-show`. */
export const processOf = ({ name }: Pick<AnyReminder, 'name'>): string => processName('reminder', name);
