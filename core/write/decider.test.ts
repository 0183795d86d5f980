import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { add, close, tally } from '../../test/support/tally.ts';
import { ensure, InvalidEvent, Refusal } from '../basics/errors.ts';
import type { Commit } from '../log/event-store.ts';
import { versioned } from '../log/upcasting.ts';
import { commitsOf } from '../testing/commits.ts';
import { type AnyDecider, decide, defineDecider, type EventOf, fold, foldingOf } from './decider.ts';

type Event = EventOf<typeof tally>;
const one: Event = { type: 'Added', data: { amount: 1 } };

describe('fold', () => {
  test('begins with the initial state', () => expect(fold(tally, [])).toEqual({ sum: 0, isClosed: false }));
  test('goes through all events', () => expect(fold(tally, [one, one, { type: 'Closed', data: {} }])).toEqual({ sum: 2, isClosed: true }));
  test('goes on from a state', () => expect(fold(tally, [one], { sum: 41, isClosed: false })).toEqual({ sum: 42, isClosed: false }));

  test.each(['Renamed', 'constructor', '__proto__'])('stops at a %s, which the code does not know', (type) => {
    expect(() => fold(tally, [one, { type, data: {} } as unknown as Event])).toThrow(type);
  });
});

describe('decide', () => {
  const open = tally.initialState();

  test('answers with events', () => expect(decide(tally, add(1, 2), open)).toEqual([one, { type: 'Added', data: { amount: 2 } }]));
  test('answers with nothing where it is so already', () => expect(decide(tally, close, { sum: 0, isClosed: true })).toEqual([]));
  test('refuses', () => {
    expect(() => decide(tally, add(1), { sum: 0, isClosed: true })).toThrow(Refusal);
    expect(() => decide(tally, add(1), { sum: 0, isClosed: true })).toThrow(expect.objectContaining({ code: 'TallyClosed' }));
  });

  /** A decider whose answer the compiler would let pass, or that was written without it. */
  const answering = (event: unknown) =>
    defineDecider({
      name: 'careless',
      commands: { Do: z.object({}) },
      events: { Done: z.object({ by: z.string() }) },
      initialState: () => ({}),
      decide: { Do: () => [event as { type: 'Done'; data: { by: string } }] },
      evolve: { Done: (state) => state },
    });
  const doIt = { type: 'Do', data: {} } as const;

  test('strips an event of what its schema does not name', () => {
    expect(decide(answering({ type: 'Done', data: { by: 'ada', password: 'x' }, extra: 1 }), doIt, {})).toEqual([
      { type: 'Done', data: { by: 'ada' } },
    ]);
  });

  test.each([
    ['wrong data', { type: 'Done', data: { by: 1 } }],
    ['no data', { type: 'Done' }],
    ['an unknown type', { type: 'Undone', data: {} }],
    ['an inherited name', { type: 'constructor', data: {} }],
  ])('does not let %s pass', (_, event) => {
    expect(() => decide(answering(event), doIt, {})).toThrow(InvalidEvent);
    expect(() => decide(answering(event), doIt, {})).toThrow(/careless/);
  });
});

describe('the folding of a decider', () => {
  const kept = (initialState: unknown, revision?: number): AnyDecider => ({
    ...tally,
    name: 'kept',
    initialState: () => initialState,
    ...(revision !== undefined && { revision }),
  });

  // Stored snapshots carry this text: another text for the same decider makes them unread, the same text for another one misread.
  // The code of `kept` knows three event versions. Releases up to 0.2 had the text without their number.
  test.each([
    ['a state without fields', kept({}), '["kept",1,{}]'],
    [
      'the kinds of fields',
      kept({ text: '', count: 0, isOpen: false }),
      '["kept",1,{"text":"string","count":"number","isOpen":"boolean"}]',
    ],
    ['a state with parts', kept({ at: { x: 1 } }), '["kept",1,{"at":{"x":"number"}}]'],
    ['a list, whatever its items are', kept({ lines: [{ a: 1 }] }), '["kept",1,{"lines":"array"}]'],
    ['a field that is null', kept({ closedAt: null }), '["kept",1,{"closedAt":"object"}]'],
    ['a state that is no object', kept(0), '["kept",1,"number"]'],
    ['a revision', kept({}, 3), '["kept",3,{}]'],
  ])('has a fingerprint of %s', (_, decider, code) => {
    const { fingerprint, earlier } = foldingOf(decider);
    expect(fingerprint).toBe(code.replace(/]$/, ',3]'));
    expect(earlier).toEqual([code.replace(/]$/, ',2]'), code.replace(/]$/, ',1]'), code]);
  });

  test('counts the versions of each event', () => {
    const events = {
      Noted: versioned(z.object({ b: z.int() }), { 1: { from: z.object({}), to: () => ({ b: 1 }) } }),
      Closed: z.object({}),
    };
    expect(foldingOf({ ...kept({}), events }).fingerprint).toBe('["kept",1,{},3]');
    expect(foldingOf({ ...kept({}), events: {} }).earlier).toEqual(['["kept",1,{}]']);
  });

  test('goes on with the events of a commit', () => {
    const [commit] = commitsOf({ aggregate: 'tally', id: '1', events: tally.events }, [one, one]);
    expect(foldingOf(tally).evolve({ sum: 40, isClosed: false }, commit as Commit)).toEqual({ sum: 42, isClosed: false });
  });

  test('is made once', () => {
    const decider = kept({});
    expect(foldingOf(decider)).toBe(foldingOf(decider));
  });
});

describe('ensure', () => {
  test('lets pass what holds', () => expect(ensure(true, 'Never')).toBeUndefined());
  test('refuses with the code and the details', () => {
    expect(() => ensure(false, 'TooMany', { most: 3 })).toThrow(
      expect.objectContaining({ name: 'Refusal', code: 'TooMany', details: { most: 3 } }),
    );
  });
});
