import { describe, expect, jest, test } from '@jest/globals';
import {
  noteRemindedTooLate,
  noteReminderAudit,
  noteReminderFinding,
  reminderAuditNotices,
  toReminderAudit,
} from '../../adapters/lambda/process-events.ts';
import type { IntegrationEvent } from '../../core/publish/publication.ts';
import { nothingCompared } from '../../core/reminders/auditing.ts';

describe('the notice that an audit goes on', () => {
  test('says how far it has come', async () => {
    const published: IntegrationEvent[] = [];
    const bus = { publish: async (event: IntegrationEvent) => void published.push(event) };
    const pace = { nextAt: '2026-06-01T02:00:01.000Z', part: 0.5 };
    const audit = { ...nothingCompared, scheduled: 7, missing: 1, reads: 'schedules', cursor: 'next', pace } as const;
    await reminderAuditNotices({ bus, now: () => new Date('2026-06-01') })(audit);
    const [{ source, type, ...event } = {} as IntegrationEvent] = published;
    expect([source, type]).toEqual(['reminders', 'AuditReminders']);
    expect(toReminderAudit({ 'detail-type': type, detail: JSON.parse(JSON.stringify(event)) })).toEqual(audit);
  });

  test('begins as the rule of each night says it', () =>
    expect(toReminderAudit({ 'detail-type': 'AuditReminders', detail: { data: nothingCompared } })).toEqual(nothingCompared));

  test.each<[string, unknown]>([
    ['of an event', { 'detail-type': 'StayBooked.v1', detail: { id: 'stay-1@1' } }],
    ['without what it says', { 'detail-type': 'AuditReminders', detail: { data: {} } }],
    ['of nothing', undefined],
  ])('is no notice %s', (_, other) => expect(toReminderAudit(other)).toBeUndefined());
});

test('what is too late, and what the audit finds, is logged without data, and counted', () => {
  const counted: unknown[] = [];
  const logger = { warn: jest.fn(), error: jest.fn() };
  const ports = { measure: (...told: unknown[]) => void counted.push(told), logger };
  noteRemindedTooLate(ports)('reminder:no-show', 'stay-1@1');
  noteReminderFinding(ports)({ kind: 'missing', process: 'reminder:no-show', event: 'stay-2@1' });
  noteReminderAudit(ports)({ ...nothingCompared, missing: 1, unsent: 2, stale: 4 });
  expect(logger.warn.mock.calls).toEqual([
    ['a time was past when its event was heard, and the event is too old', { process: 'reminder:no-show', event: 'stay-1@1' }],
    ['the schedules differed from the log', { kind: 'missing', process: 'reminder:no-show', event: 'stay-2@1' }],
  ]);
  expect(counted).toEqual([
    ['remindersTooLate', 1],
    ['remindersMissing', 3],
    ['remindersStale', 4],
  ]);
});
