import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod';
import { type Catalogue, type MessageOf, type Metadata, parse, type Recorded, rowOf } from '../core/basics/messages.ts';
import type { CommandTo } from '../core/processes/command-to.ts';
import { lastSetting } from '../core/reminders/due.ts';
import type { AnyReminder, Reminder } from '../core/reminders/reminder.ts';
import { commandsOf } from '../core/reminders/reminding.ts';
import { recordedAt } from '../core/testing/commits.ts';
import { freeze } from '../core/testing/freeze.ts';
import { type AnyDecider, fold } from '../core/write/decider.ts';

/** A row of `reminderScenarios`: the events of a stream, the time that is due after them, and what is sent when it has come. */
export interface ReminderScenario<E extends Catalogue> {
  /** Their metadata may say what matters. Otherwise they are the first events of the stream with the id `1`. */
  readonly given: readonly (MessageOf<E> & {
    readonly metadata?: Partial<Pick<Metadata, 'id' | 'tenant' | 'actor' | 'recordedAt' | 'correlationId' | 'causationId'>>;
  })[];
  /** ISO 8601, UTC, milliseconds; `null`: nothing is due. */
  readonly due: string | null;
  /** The commands that the state after these events asks for, in their order; absent where nothing is due. */
  readonly then?: readonly CommandTo[];
}

/**
 * Runs each row through the reminder: the events, the time that is due, and the commands that it sends. What its functions are handed is
 * frozen. All scenarios are held to the laws of reminders: each event with a row is given at least once, and every command fits its schema.
 *
 * @example
 * reminderScenarios(noShow, {
 *   'a guest who does not come': {
 *     given: [{ type: 'StayBooked', data: { arrival: '2026-06-01' } }],
 *     due: '2026-06-01T23:59:00.000Z',
 *     then: [commandTo(booking, { id: '1', type: 'MarkNoShow', data: {} })],
 *   },
 * });
 */
export const reminderScenarios = <D extends AnyDecider, T extends readonly AnyDecider[]>(
  reminder: Reminder<D, T>,
  table: Readonly<Record<string, ReminderScenario<D['events']>>>,
): void => {
  const any = reminder as unknown as AnyReminder;
  const all = Object.entries(table as unknown as Readonly<Record<string, ReminderScenario<Catalogue>>>);

  describe(`${reminder.name}:`, () => {
    for (const [title, { given, due, then = [] }] of all)
      test(title, () => expect(reminded(any, given)).toEqual({ due, sends: then.map(inWords) }));
  });

  describe(`${reminder.name} obeys the laws:`, () => {
    test('every event with a row is given', () => {
      const given = new Set(all.flatMap(([, scenario]) => scenario.given.map(({ type }) => type)));
      expect(Object.keys(any.due).filter((type) => !given.has(type))).toEqual([]);
    });
    test('every command fits its schema', () => {
      for (const { to, sends } of all.flatMap(([, { then = [] }]) => then)) {
        const schema = rowOf<z.ZodType>(to.commands, sends.type);
        expect([`${to.name}.${sends.type}`, schema !== undefined]).toEqual([`${to.name}.${sends.type}`, true]);
        if (schema !== undefined) parse(schema, sends.data, sends.type);
      }
    });
  });
};

/** Without the decider itself, which would fill the message of a failure. */
const inWords = ({ to, sends }: CommandTo) => ({ to: to.name, ...sends });

const reminded = (reminder: AnyReminder, given: ReminderScenario<Catalogue>['given']) => {
  const events = freeze(given.map((event, index) => asRecorded(reminder, event, index + 1)));
  const setting = lastSetting(reminder, events);
  if (setting === undefined || 'isCancelled' in setting) return { due: null, sends: [] };
  if ('fault' in setting) throw setting.fault;
  const state = freeze(fold(reminder.of, events as Parameters<typeof fold>[1]));
  return { due: setting.at, sends: commandsOf(reminder, setting, state).map(inWords) };
};

const asRecorded = (
  { of }: AnyReminder,
  { type, data, metadata = {} }: ReminderScenario<Catalogue>['given'][number],
  version: number,
): Recorded => {
  const { id = '1', tenant } = metadata;
  const whole = {
    ...{ aggregate: of.name, id, version, recordedAt: recordedAt(version) },
    ...{ eventId: `${tenant === undefined ? '' : `${tenant}/`}${of.name}-${id}@${version}` },
    ...{ commandId: `command-${version}`, correlationId: 'command-1', causationId: `command-${version}` },
  };
  return { type, data, metadata: { ...whole, ...metadata } };
};
