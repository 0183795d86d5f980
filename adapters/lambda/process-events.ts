import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { Measure } from '../../core/basics/telemetry.ts';
import { noticeSourceOf, sendAgainNotice } from '../../core/processes/kinds.ts';
import type { ParkedCommand } from '../../core/processes/ports.ts';
import type { EventBus } from '../../core/publish/relay.ts';
import type { ReminderAudit, ReminderFinding } from '../../core/reminders/auditing.ts';
import { auditNotice, reminderPublicationName } from '../../core/reminders/publication.ts';

/** What an operator has sent again: all that one cause has sent in one process. */
export type CommandsToSend = Pick<ParkedCommand, 'process' | 'cause'>;

const SendAgain = z.object({
  'detail-type': z.literal(sendAgainNotice),
  detail: z.object({ data: z.object({ process: z.string(), cause: z.string() }) }),
});

/** What a notice says to send again; undefined if the notice says something else. */
export const toCommandsToSend = (notice: unknown): CommandsToSend | undefined => SendAgain.safeParse(notice).data?.detail.data;

/** Asks the function of a process to send again. It answers nobody: what it could not send is parked as before. */
export const sendAgainNotices =
  ({ bus, now }: { readonly bus: EventBus; readonly now: () => Date }) =>
  ({ process, cause }: CommandsToSend): Promise<void> =>
    bus.publish({
      ...{ specversion: '1.0', source: noticeSourceOf(process), type: sendAgainNotice, datacontenttype: 'application/json' },
      ...{ id: cause, subject: cause, time: now().toISOString(), streamversion: 1 },
      ...{ correlationid: cause, causationid: cause },
      data: { process, cause },
    });

interface NotingPorts {
  readonly measure: Measure;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** Logs and counts an event that is too old for a reaction. */
export const noteReactedTooLate =
  ({ measure, logger }: NotingPorts) =>
  (reaction: string, event: string): void => {
    logger.warn('an event is too old to react to', { reaction, event });
    measure('reactionsTooLate', 1);
  };

/** Logs and counts a time of a schedule that is not sent. */
export const noteLeftOut =
  ({ measure, logger }: NotingPorts) =>
  (schedule: string, scheduledAt: string): void => {
    logger.warn('a time of a schedule was missed, and is left out', { schedule, scheduledAt });
    measure('schedulesLeftOut', 1);
  };

/** Logs and counts a time that was past when its event was heard, and that is too long ago. */
export const noteRemindedTooLate =
  ({ measure, logger }: NotingPorts) =>
  (process: string, event: string): void => {
    logger.warn('a time was past when its event was heard, and the event is too old', { process, event });
    measure('remindersTooLate', 1);
  };

/** Logs what the audit of the schedules has found. */
export const noteReminderFinding =
  ({ logger }: Pick<NotingPorts, 'logger'>) =>
  ({ kind, process, event }: ReminderFinding): void =>
    logger.warn('the schedules differed from the log', { kind, process, event });

/** Counts what an audit of the schedules has found, at its end. */
export const noteReminderAudit =
  ({ measure }: Pick<NotingPorts, 'measure'>) =>
  ({ missing, unsent, stale }: ReminderAudit): void => {
    measure('remindersMissing', missing + unsent);
    measure('remindersStale', stale);
  };

const AuditReminders = z.object({
  'detail-type': z.literal(auditNotice),
  detail: z.object({
    data: z.object({
      ...{ scheduled: z.int(), missing: z.int(), unsent: z.int(), stale: z.int(), unreadable: z.int() },
      ...{ reads: z.enum(['log', 'schedules', 'nothing']), cursor: z.string().optional() },
      pace: z.object({ nextAt: z.string(), part: z.number() }).optional(),
    }),
  }),
});

/** How far the audit has come that a notice says to go on; undefined if it says something else. */
export const toReminderAudit = (notice: unknown): ReminderAudit | undefined => AuditReminders.safeParse(notice).data?.detail.data;

/** Has the function go on with an audit in another invocation. A notice that is delivered twice makes two audits, which agree. */
export const reminderAuditNotices =
  ({ bus, now }: { readonly bus: EventBus; readonly now: () => Date }) =>
  (audit: ReminderAudit): Promise<void> =>
    bus.publish({
      ...{ specversion: '1.0', source: reminderPublicationName, type: auditNotice, datacontenttype: 'application/json' },
      ...{ id: 'audit', subject: 'audit', time: now().toISOString(), streamversion: 1, correlationid: 'audit', causationid: 'audit' },
      data: audit,
    });

/** Logs and counts a parked command. The log has no message and no input: they may be personal. */
export const noteParked =
  ({ measure, logger }: NotingPorts) =>
  ({ process, cause, place, command, code }: ParkedCommand): void => {
    logger.error('a command of a process is parked', { process, cause, place, command, code });
    measure('commandsParked', 1);
  };

/** Logs and counts a delivery to a webhook that is not signed, or too old. */
export const noteUnverified =
  ({ measure, logger }: NotingPorts) =>
  (webhook: string, verdict: string): void => {
    logger.warn('a delivery to a webhook is not verified', { webhook, verdict });
    measure('webhooksUnverified', 1);
  };

/** Logs and counts an event of a provider that its webhook has no row for. */
export const noteUnknownDelivery =
  ({ measure, logger }: NotingPorts) =>
  (webhook: string, type: string): void => {
    logger.warn('a webhook has no row for an event', { webhook, type });
    measure('webhooksIgnored', 1);
  };
