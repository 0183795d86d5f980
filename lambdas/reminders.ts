import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import {
  noteParked,
  noteRemindedTooLate,
  noteReminderAudit,
  noteReminderFinding,
  reminderAuditNotices,
  toCommandsToSend,
  toReminderAudit,
} from '../adapters/lambda/process-events.ts';
import { deliveryIn } from '../adapters/lambda/queued.ts';
import { causesOfNotice, toEventId } from '../adapters/lambda/saga-events.ts';
import { dynamoParkedCommands } from '../adapters/processes/dynamo-parked-commands.ts';
import { toFired } from '../adapters/reminders/scheduler-schedules.ts';
import { pacer } from '../core/audit/pace.ts';
import { findEvent, unlessDropped } from '../core/log/find-event.ts';
import { eventsOf, remindersOf } from '../core/registry/domain.ts';
import { auditReminders } from '../core/reminders/auditing.ts';
import { fireReminder, hearReminders, remindAgain } from '../core/reminders/reminding.ts';
import {
  bus,
  commands,
  domain,
  eventStore,
  logger,
  measure,
  now,
  observing,
  pace,
  parkedCommands,
  schedules,
  timeIsUp,
} from './runtime.ts';

const find = findEvent({ eventsOf: eventsOf(domain), eventStore: eventStore() });
const pacing = pace();
const reminding = {
  reminders: remindersOf(domain),
  handle: commands(),
  eventStore: eventStore(),
  parked: dynamoParkedCommands(parkedCommands()),
  schedules: schedules(),
  now,
  pacer: (from: Parameters<typeof pacer>[2]) => pacer(pacing, { index: 0, of: 1 }, from),
  onTooLate: noteRemindedTooLate({ measure, logger }),
  onParked: noteParked({ measure, logger }),
  onFinding: noteReminderFinding({ logger }),
};
const hear = hearReminders(reminding);
const fire = fireReminder(reminding);
const again = remindAgain(reminding);
const audit = auditReminders(reminding);
const goOn = reminderAuditNotices({ bus: bus(), now });
const noteAudit = noteReminderAudit({ measure });

/** Hears of the events that set times, of schedules that have fired, of what an operator has sent again, and of the audit of each day. */
export const handler = middy()
  .use([...observed(observing, { causesOf: (event) => causesOfNotice(deliveryIn(event).notice) }), reported(observing)])
  .handler(async (event, context) => {
    const { notice, isRepeated } = deliveryIn(event);
    const fired = toFired(notice);
    if (fired !== undefined) return fire(fired, { isRepeated });
    const asked = toCommandsToSend(notice);
    if (asked !== undefined) return again(asked.process, asked.cause);
    const begun = toReminderAudit(notice);
    if (begun === undefined) {
      const event = await unlessDropped(find(toEventId(notice)));
      return event === undefined ? undefined : hear(event, { isRepeated });
    }
    const audited = await audit(begun, timeIsUp(context));
    if (audited.reads !== 'nothing') return goOn(audited);
    noteAudit(audited);
  });
