import { Refusal } from '../basics/errors.ts';
import { type Recorded, rowOf } from '../basics/messages.ts';
import type { AnyReminder, Time } from './reminder.ts';

/** An event, and the time that it sets: ISO 8601, UTC, milliseconds. */
export interface TimeSet {
  readonly event: Recorded;
  readonly at: string;
}

/** What an event with a row says: a time, no time any more, or that its row failed. */
export type Setting =
  | TimeSet
  | { readonly event: Recorded; readonly isCancelled: true }
  | { readonly event: Recorded; readonly fault: Error };

/** What an event says about a reminder; undefined if it says nothing. */
export const settingOf = (reminder: AnyReminder, event: Recorded): Setting | undefined => {
  const row = event.metadata.aggregate === reminder.of.name ? rowOf(reminder.due, event.type) : undefined;
  if (row === undefined) return undefined;
  try {
    const time = row(event.data, event.metadata);
    return time === null ? { event, isCancelled: true } : { event, at: instant(time) };
  } catch (error) {
    return { event, fault: error instanceof Error ? error : new Error(String(error)) };
  }
};

/** What is due by events in their order: the last one with a row counts. */
export const lastSetting = (reminder: AnyReminder, events: readonly Recorded[]): Setting | undefined =>
  events.reduceRight<Setting | undefined>((found, event) => found ?? settingOf(reminder, event), undefined);

/** A day, or a time with its zone: without one, the time would depend on the machine. */
const isoTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** The Scheduler documents years up to this one. */
const lastYear = 2199;

/** ISO 8601, UTC, milliseconds. @throws Refusal: `InvalidTime`, `TimeTooFar`. */
const instant = (time: Time): string => {
  const isText = typeof time === 'string';
  const milliseconds = isText ? (isoTime.test(time) ? Date.parse(time) : Number.NaN) : time.getTime();
  if (Number.isNaN(milliseconds)) throw new Refusal('InvalidTime', { time: String(time) });
  const date = new Date(milliseconds);
  if (date.getUTCFullYear() > lastYear || milliseconds < 0) throw new Refusal('TimeTooFar', { time: String(time), lastYear });
  return date.toISOString();
};
