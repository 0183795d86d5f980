import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { book, closeHut, hut, leave } from '../../test/support/hut.ts';
import { ensure } from '../basics/errors.ts';
import { defineDecider, type EventOf } from '../write/decider.ts';
import { answered } from './answered.ts';
import { circumstancesOf, decidedAfter } from './circumstances.ts';
import { recordedAt } from './commits.ts';
import { checksOf, notAllowed, refused, type Scenario } from './scenarios.ts';

// A table that a guest books and can cancel for an hour.

const at = z.object({ at: z.string() });
const table = defineDecider({
  name: 'table',
  commands: { Book: z.object({}), Cancel: z.object({}) },
  events: { Booked: at, Cancelled: at },
  initialState: (): { readonly guest: string; readonly bookedAt: string } => ({ guest: '', bookedAt: '' }),
  decide: {
    Book: (_, __, { now }) => [{ type: 'Booked', data: { at: now } }],
    Cancel: (_, { guest, bookedAt }, { now, actor, grants }) => {
      ensure(actor === guest || grants.includes('desk'), 'NotYours');
      ensure(Date.parse(now) - Date.parse(bookedAt) <= 3_600_000, 'TooLate');
      return [{ type: 'Cancelled', data: { at: now } }];
    },
  },
  evolve: {
    Booked: (_, __, { actor = '', recordedAt }) => ({ guest: actor, bookedAt: recordedAt }),
    Cancelled: () => ({ guest: '', bookedAt: '' }),
  },
});
type Table = typeof table;

const noon = '2026-06-01T12:00:00.000Z';
const booked: EventOf<Table> = { type: 'Booked', data: { at: noon } };
const byGil = { ...booked, metadata: { recordedAt: noon, actor: 'gil' } };
const cancelled = (time: string): EventOf<Table> => ({ type: 'Cancelled', data: { at: time } });
const when = { type: 'Cancel', data: {} } as const;
const bookTable = { type: 'Book', data: {} } as const;
const oneO = '2026-06-01T13:00:00.000Z';

const rows: Readonly<Record<string, Scenario<Table>>> = {
  'a table is booked': { given: [], when: bookTable, at: noon, then: [booked] },
  'in time': { given: [byGil], when, at: '2026-06-01T15:00:00+02:00', as: { actor: 'gil' }, then: [cancelled(oneO)] },
  'too late': { given: [byGil], when, at: '2026-06-01T13:00:01Z', as: { actor: 'gil' }, then: refused('TooLate') },
  'by somebody else': { given: [byGil], when, as: { actor: 'bo' }, then: refused('NotYours') },
  'by the desk': { given: [byGil], when, as: { grants: ['desk'] }, then: [cancelled('2026-06-01T12:00:01.000Z')] },
  'by a process': { given: [byGil], when, then: refused('NotYours') },
};

test('a row says when a command is decided and who sends it, and when and by whom an event was recorded', () => {
  const checks = checksOf(table, rows);
  for (const check of Object.values({ ...checks.rows, ...checks.laws })) check();
});

test('a row that gets the time or the sender wrong does not hold', () => {
  const { 'in time': inTime, 'too late': tooLate, 'by the desk': byDesk } = rows as Record<string, Scenario<Table>>;
  const wrong = { inTime: { ...inTime, at: tooLate?.at }, tooLate: { ...tooLate, at: oneO }, byDesk: { ...byDesk, as: undefined } };
  for (const check of Object.values(checksOf(table, wrong as never).rows)) expect(check).toThrow();
});

test('times that a row does not say follow each other by a second, from a fixed one on', () => {
  const given = circumstancesOf([{}, { metadata: { actor: 'ada' } }, { metadata: { recordedAt: noon } }, {}]);
  expect(given).toStrictEqual([
    { version: 1, recordedAt: recordedAt(1) },
    { version: 2, recordedAt: recordedAt(2), actor: 'ada' },
    { version: 3, recordedAt: noon },
    { version: 4, recordedAt: '2026-06-01T12:00:01.000Z' },
  ]);
  expect(decidedAfter(given, {})).toStrictEqual({ now: '2026-06-01T12:00:02.000Z', grants: [] });
  expect(decidedAfter([], {})).toStrictEqual({ now: recordedAt(1), grants: [] });
  const as = { actor: 'ada', tenant: 'acme', grants: ['a'] };
  expect(decidedAfter(given, { at: '2027-01-01', as })).toStrictEqual({ now: '2027-01-01T00:00:00.000Z', ...as });
});

test('a time that is none, or that runs backwards, is named', () => {
  const given = circumstancesOf([{ metadata: { recordedAt: noon } }]);
  expect(() => decidedAfter(given, { at: '2026-06-01T11:59:59.999Z' })).toThrow(
    `\`at\`: 2026-06-01T11:59:59.999Z is before ${noon}, the time of the event before it, and a stream's time does not run backwards`,
  );
  expect(decidedAfter(given, { at: noon }).now).toBe(noon);
  for (const no of ['today', '1', '2026-13-01', '2026-01-1', 'on 2026-01-01'])
    expect(() => decidedAfter(given, { at: no })).toThrow(`\`at\`: '${no}' is no time in ISO 8601, like 2026-01-01T09:00:00Z`);
  const backwards = [byGil, { ...booked, metadata: { recordedAt: '2026-05-31' } }];
  expect(() => circumstancesOf(backwards)).toThrow('given event 2: 2026-05-31T00:00:00.000Z is before');
});

test('`answered` takes the sender, too', () => {
  expect(answered(table, [byGil], when, { at: oneO, as: { actor: 'gil' } })).toEqual([cancelled(oneO)]);
  expect(answered(table, [byGil], when)).toEqual([]);
  expect(answered(table, [], bookTable)).toEqual([{ type: 'Booked', data: { at: recordedAt(1) } }]);
});

describe('a table of a decider with answers and rules', () => {
  const booked = (guest: string): EventOf<typeof hut> => ({ type: 'Booked', data: { bed: 1, guest } });
  const left: EventOf<typeof hut> = { type: 'Left', data: { bed: 1 } };
  const huts: Readonly<Record<string, Scenario<typeof hut>>> = {
    booked: { given: [], when: book(2), at: noon, as: { actor: 'gil' }, then: [booked('gil')], answer: { bed: 1, until: '2026-06-03' } },
    'left by the guest': { given: [booked('gil')], when: leave(1), as: { actor: 'gil' }, then: [left] },
    'not left by another': { given: [booked('gil')], when: leave(1), as: { actor: 'bo' }, then: notAllowed },
    'left by a process': { given: [booked('gil')], when: leave(1), then: [left] },
    closed: { given: [], when: closeHut, then: [{ type: 'Closed', data: {} }] },
  };
  const broken = (rows: object): readonly string[] => {
    const { rows: checks, laws } = checksOf(hut, { ...huts, ...rows } as typeof huts);
    return Object.entries({ ...checks, ...laws }).flatMap(([title, check]) => {
      try {
        check();
        return [];
      } catch {
        return [title];
      }
    });
  };

  test('holds', () => expect(broken({})).toEqual([]));

  test.each([
    ['another answer', { booked: { ...huts['booked'], answer: { bed: 2, until: '2026-06-03' } } }, ['booked']],
    [
      'a client that is allowed',
      { 'not left by another': { ...huts['not left by another'], as: { actor: 'gil' } } },
      ['not left by another'],
    ],
    ['a client that is not allowed', { 'left by the guest': { ...huts['left by the guest'], as: {} } }, ['left by the guest']],
  ])('does not hold with %s', (_, rows, titles) => expect(broken(rows)).toEqual(titles));

  test('says that no client sends an internal command', () => {
    const { rows } = checksOf(hut, { closed: { ...(huts['closed'] as Scenario<typeof hut>), as: {} } });
    expect(rows['closed']).toThrow('Close is internal: no client sends it, so leave out `as`');
  });

  test('has to expect each answer, and to try each rule both ways', () => {
    const { booked: row, ...others } = huts;
    const { answer: _, ...unasked } = row as Scenario<typeof hut>;
    expect(broken({ booked: unasked })).toEqual(['every answer is expected by a row']);
    const rule = 'every rule of `allow` stops a client in a row, and lets one pass in another';
    expect(broken({ 'not left by another': others['left by a process'] })).toEqual([rule]);
    expect(broken({ 'left by the guest': others['left by a process'] })).toEqual([rule]);
  });

  test('`answered` gives no events to a client that is not allowed', () => {
    expect(answered(hut, [booked('gil')], leave(1), { as: { actor: 'bo' } })).toEqual([]);
    expect(answered(hut, [booked('gil')], leave(1), { as: { actor: 'gil' } })).toEqual([left]);
  });
});
