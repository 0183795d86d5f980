import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod';
import { parse, rowOf } from '../core/basics/messages.ts';
import type { CommandTo } from '../core/processes/command-to.ts';
import type { AnySchedule, Schedule } from '../core/schedules/schedule.ts';
import { commandsAt } from '../core/schedules/sending.ts';
import type { AnyDecider } from '../core/write/decider.ts';

/** A row of `scheduleScenarios`: a time, and the commands that it causes, in their order. */
export interface ScheduleScenario {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly then: readonly CommandTo[];
}

/**
 * Runs each row through the schedule. All scenarios are held to the laws of schedules: a time has the same commands whenever it is asked, and
 * every command fits its schema and goes to an aggregate that `to` names.
 *
 * @example
 * scheduleScenarios(happyHour, {
 *   'a point on Fridays': {
 *     at: '2026-06-05T15:00:00.000Z',
 *     then: [commandTo(guest, { id: 'ada', type: 'AwardPoints', data: { bookingId: '2026-06-05T15:00:00.000Z', points: 1 } })],
 *   },
 * });
 */
export const scheduleScenarios = <T extends readonly AnyDecider[]>(
  schedule: Schedule<T>,
  table: Readonly<Record<string, ScheduleScenario>>,
): void => {
  const any: AnySchedule = schedule;
  const sent = (at: string) => commandsAt(any, Date.parse(at)).map(inWords);

  describe(`${schedule.name}:`, () => {
    for (const [title, { at, then }] of Object.entries(table)) test(title, () => expect(sent(at)).toEqual(then.map(inWords)));
  });

  describe(`${schedule.name} obeys the laws:`, () => {
    test('a time has the same commands whenever it is asked', () => {
      for (const { at } of Object.values(table)) expect(sent(at)).toEqual(sent(at));
    });
    test('every command fits its schema', () => {
      for (const { to, sends } of Object.values(table).flatMap(({ then }) => then)) {
        const schema = rowOf<z.ZodType>(to.commands, sends.type);
        expect([`${to.name}.${sends.type}`, schema !== undefined]).toEqual([`${to.name}.${sends.type}`, true]);
        if (schema !== undefined) parse(schema, sends.data, sends.type);
      }
    });
  });
};

/** Without the decider itself, which would fill the message of a failure. */
const inWords = ({ to, sends }: CommandTo) => ({ to: to.name, ...sends });
