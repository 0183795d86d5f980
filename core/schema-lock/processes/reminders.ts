import { rowOf } from '../../basics/messages.ts';
import { type Domain, remindersOf } from '../../registry/domain.ts';
import { same } from '../bounds.ts';
import { compatible, incompatible, type SchemaFinding } from '../comparison.ts';

/** The key of the reminders in the schema lock. */
export const remindersKey = 'sent-by-reminders';

/** What the schedules of a reminder and the ids of its commands are made of, and the events that set, move and cancel its time. */
export interface ReminderShape {
  readonly of: string;
  /** Sorted. */
  readonly due: readonly string[];
}

/** By the reminder's name. */
export type ReminderShapes = Readonly<Record<string, ReminderShape>>;

export const reminderShapes = (domain: Domain): ReminderShapes =>
  Object.fromEntries(remindersOf(domain).map(({ name, of, due }) => [name, { of: of.name, due: Object.keys(due).sort() }]));

/** All differences. A schedule that was made before a deployment finds the reminder, and the row of its event, or it fires in vain. */
export const compareReminders = (locked: ReminderShapes, current: ReminderShapes): readonly SchemaFinding[] =>
  [...new Set([...Object.keys(locked), ...Object.keys(current)])].flatMap((name): readonly SchemaFinding[] => {
    const path = `reminder ${name}`;
    const [was, is] = [rowOf<ReminderShape>(locked, name), rowOf<ReminderShape>(current, name)];
    if (was === undefined) return [compatible({ path, change: 'is a new reminder' })];
    if (is === undefined) return [goneReminder(path)];
    if (was.of !== is.of) return [{ ...goneReminder(path), change: 'is of another aggregate', before: was.of, after: is.of }];
    const gone = was.due.filter((type) => !is.due.includes(type));
    if (gone.length > 0) return [goneRows(path, gone, is.due)];
    return same(was.due, is.due) ? [] : [compatible({ path, change: 'has more events', before: was.due, after: is.due })];
  });

const goneReminder = (path: string): SchemaFinding =>
  incompatible({
    path,
    change: 'is no longer in the domain',
    breaks:
      'its schedules fire in vain. Under another name, the times that are ahead are scheduled anew, and commands that were sent under the old name may be sent again',
    remedy:
      'keep the name and the aggregate. To end the reminder, wait until `npm run es -- reminders` and `npm run es -- processes` list nothing of it; then accept it with --incompatible',
  });

const goneRows = (path: string, gone: readonly string[], after: readonly string[]): SchemaFinding =>
  incompatible({
    path,
    change: 'has fewer events',
    before: gone,
    after,
    breaks: `an event before ${gone.join(', ')} counts again: times that were set are forgotten, and times that were moved or cancelled come back`,
    remedy: 'keep the row. If the event is no longer recorded, it does no harm',
  });
