import { expect, jest, test } from '@jest/globals';
import { noteLeftOut } from '../../adapters/lambda/process-events.ts';
import { toDue } from '../../adapters/lambda/schedule-events.ts';

test('the message of the Scheduler says which time of which schedule it is', () =>
  expect(toDue({ schedule: 'ring', scheduledAt: '2026-06-01T03:00:00Z' })).toEqual({
    schedule: 'ring',
    scheduledAt: new Date('2026-06-01T03:00:00Z'),
  }));

test.each<[unknown]>([
  [undefined],
  [{ schedule: 'ring' }],
  [{ schedule: 'ring', scheduledAt: '<aws.scheduler.scheduled-time>' }],
  ['ring'],
])('%j is no time of a schedule', (message) => expect(() => toDue(message)).toThrow('this is no time of a schedule'));

test('a time that is left out is logged and counted', () => {
  const counted: unknown[] = [];
  const logger = { warn: jest.fn(), error: jest.fn() };
  noteLeftOut({ measure: (...told: unknown[]) => void counted.push(told), logger })('ring', '2026-06-01T03:00:00.000Z');
  expect(logger.warn.mock.calls).toEqual([
    ['a time of a schedule was missed, and is left out', { schedule: 'ring', scheduledAt: '2026-06-01T03:00:00.000Z' }],
  ]);
  expect(counted).toEqual([['schedulesLeftOut', 1]]);
});
