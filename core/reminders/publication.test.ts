import { expect, test } from '@jest/globals';
import { noShow, stay } from '../../test/inn/index.ts';
import type { Metadata } from '../basics/messages.ts';
import { noticesToRemind, reminderPublications } from './publication.ts';
import { defineReminder, reminderOf } from './reminder.ts';

const praise = defineReminder({ name: 'praise', of: stay, to: [], due: { GuestArrived: () => null }, send: () => null });

test('the notices are of the events that set times, each once, and say nothing else', () => {
  const [publication, ...others] = reminderPublications([noShow, noShow, praise]);
  expect([publication?.name, others]).toEqual(['reminders', []]);
  expect(publication?.events).toEqual(stay.events);
  expect(Object.keys(publication?.map ?? {})).toEqual(['StayBooked', 'StayMoved', 'StayCancelled', 'GuestArrived']);
  expect(publication?.map['StayBooked']?.({}, {} as Metadata)).toEqual({ type: 'StayBooked.v1', data: {} });
});

test('the function listens to them, to what an operator sends again, and to the audit', () =>
  expect(noticesToRemind([praise])).toEqual(['GuestArrived.v1', 'SendAgain', 'AuditReminders']));

test('there are none without reminders', () => expect(reminderPublications([])).toEqual([]));

test('a reminder is found by its name as a process', () => {
  expect(reminderOf([noShow, praise], 'reminder:praise')).toBe(praise);
  expect(reminderOf([noShow], 'reaction:no-show')).toBeUndefined();
});
