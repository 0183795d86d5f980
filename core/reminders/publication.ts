import { noticeSourceOf, sendAgainNotice } from '../processes/kinds.ts';
import { noticesFor, noticesIn } from '../publish/notices.ts';
import type { AnyPublication } from '../publish/publication.ts';
import type { AnyReminder } from './reminder.ts';

/** The name of the notices for the service's own reminders. */
export const reminderPublicationName = /* @__PURE__ */ noticeSourceOf('reminder:');

/** The type of the message of a schedule whose time has come. It is no notice of an event: those name a version. */
export const dueNotice = 'ReminderDue';

/** The type of the notice that the audit of the schedules begins, or goes on. */
export const auditNotice = 'AuditReminders';

/** The notices of events that set, move or cancel times. Empty if the domain has no reminders. */
export const reminderPublications = (reminders: readonly AnyReminder[]): readonly AnyPublication[] => {
  if (reminders.length === 0) return [];
  const events = Object.assign({}, ...reminders.map(({ of }) => of.events));
  return [noticesFor({ name: reminderPublicationName, events, types: settingTypes(reminders) })];
};

/** The types of the notices that the function of the reminders hears over the bus. A schedule has a way of its own to it. */
export const noticesToRemind = (reminders: readonly AnyReminder[]): readonly string[] => [
  ...new Set(reminders.flatMap(({ of, due }) => noticesIn(of.events, Object.keys(due)))),
  ...[sendAgainNotice, auditNotice],
];

const settingTypes = (reminders: readonly AnyReminder[]): readonly string[] => [
  ...new Set(reminders.flatMap(({ due }) => Object.keys(due))),
];
