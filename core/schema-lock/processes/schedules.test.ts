import { expect, test } from '@jest/globals';
import { bell, domain, ring } from '../../../test/tower/index.ts';
import { defineDomain } from '../../registry/domain.ts';
import { type AnySchedule, cron } from '../../schedules/schedule.ts';
import { compareSchedules, scheduleShapes, schedulesKey } from './schedules.ts';

const locked = scheduleShapes(domain);
const found = (...schedules: readonly AnySchedule[]) =>
  compareSchedules(locked, scheduleShapes(defineDomain({ deciders: [bell], projections: [], schedules }))).map(
    ({ severity, path, change }) => `${severity}: ${path} ${change}`,
  );

test('the lock has the times of each schedule', () => {
  expect(schedulesKey).toBe('sent-by-schedules');
  expect(locked).toEqual({ ring: 'cron(* * * * ? *) UTC' });
});

test.each<[string, readonly AnySchedule[], readonly string[]]>([
  ['nothing', [ring], []],
  ['another way to catch up', [{ ...ring, catchUp: 'none' }], []],
  ['other times', [{ ...ring, every: cron('0 * * * *') }], ['compatible: schedule ring comes at other times']],
  [
    'another zone',
    [{ ...ring, every: cron('* * * * *', { timeZone: 'Europe/Berlin' }) }],
    ['compatible: schedule ring comes at other times'],
  ],
  ['another schedule', [ring, { ...ring, name: 'toll' }], ['compatible: schedule toll is a new schedule']],
  ['no schedule', [], ['incompatible: schedule ring is no longer in the domain']],
])('%s', (_, schedules, findings) => expect(found(...schedules)).toEqual(findings));
