import { expect, test } from '@jest/globals';
import { account, domain, noShow, stay } from '../../../test/inn/index.ts';
import { defineDomain } from '../../registry/domain.ts';
import type { AnyReminder } from '../../reminders/reminder.ts';
import { compareReminders, reminderShapes, remindersKey } from './reminders.ts';

const locked = reminderShapes(domain);
const found = (...reminders: readonly AnyReminder[]) =>
  compareReminders(locked, reminderShapes(defineDomain({ deciders: [stay, account], projections: [], reminders }))).map(
    ({ severity, path, change }) => `${severity}: ${path} ${change}`,
  );

test('the lock has the events of each reminder', () => {
  expect(remindersKey).toBe('sent-by-reminders');
  expect(locked).toEqual({ 'no-show': { of: 'stay', due: ['StayBooked', 'StayCancelled', 'StayMoved'] } });
});

const any = noShow as unknown as AnyReminder;
const none = () => null;
const { StayBooked, StayMoved } = any.due;
test.each<[string, readonly AnyReminder[], readonly string[]]>([
  ['nothing', [any], []],
  ['other rows for the same events', [{ ...any, due: { StayMoved: none, StayCancelled: none, StayBooked: none } }], []],
  ['an event more', [{ ...any, due: { ...any.due, GuestArrived: none } }], ['compatible: reminder no-show has more events']],
  ['an event less', [{ ...any, due: { StayBooked, StayMoved } }], ['incompatible: reminder no-show has fewer events']],
  ['another reminder', [any, { ...any, name: 'late' }], ['compatible: reminder late is a new reminder']],
  ['no reminder', [], ['incompatible: reminder no-show is no longer in the domain']],
  [
    'another name',
    [{ ...any, name: 'not-there' }],
    ['incompatible: reminder no-show is no longer in the domain', 'compatible: reminder not-there is a new reminder'],
  ],
  [
    'events of another aggregate',
    [{ ...any, of: account, due: { AccountClosed: none } }],
    ['incompatible: reminder no-show is of another aggregate'],
  ],
])('%s', (_, reminders, findings) => expect(found(...reminders)).toEqual(findings));
