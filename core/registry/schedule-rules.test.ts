import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { bell, ring } from '../../test/tower/index.ts';
import { definePublication } from '../publish/publication.ts';
import { type AnySchedule, cron } from '../schedules/schedule.ts';
import { defineDomain } from './domain.ts';

const upTo = (last: number) => Array.from({ length: last + 1 }, (_, one) => one).join(',');

const withSchedules = (...schedules: readonly AnySchedule[]) => defineDomain({ deciders: [bell], projections: [], schedules });

test.each<[string, readonly AnySchedule[], string]>([
  ['two of a name', [ring, ring], "two members share the schedule name 'ring'"],
  ['another name', [{ ...ring, name: 'Ring' }], "'Ring': a schedule's name is kebab-case, of 64 characters at most"],
  ['a long name', [{ ...ring, name: 'r'.repeat(65) }], 'of 64 characters at most'],
  [
    'an aggregate of another domain',
    [{ ...ring, to: [{ ...bell, name: 'gong' }] }],
    "ring: it sends commands to 'gong', which is no aggregate here",
  ],
  [
    'times that the Scheduler does not take',
    [{ ...ring, every: cron(`${upTo(58)} ${upTo(22)} 2-31 * *`) }],
    'ring: its expression has 319 characters for the EventBridge Scheduler, which takes 256',
  ],
])('%s is refused', (_, schedules, message) => expect(() => withSchedules(...schedules)).toThrow(message));

test('a publication cannot have the name of their notices', () => {
  const publication = definePublication({
    name: 'schedules',
    publishes: { 'Rang.v1': z.object({}) },
    map: { Rang: () => [{ type: 'Rang.v1', data: {} }] },
  } as never);
  expect(() => defineDomain({ deciders: [bell], projections: [], schedules: [ring], publications: [publication] })).toThrow(
    "'schedules': the service itself listens to that name",
  );
});
