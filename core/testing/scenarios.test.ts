import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { ensure } from '../basics/errors.ts';
import { versioned } from '../log/upcasting.ts';
import { defineDecider, type EventOf } from '../write/decider.ts';
import { checksOf, refused, type Scenario } from './scenarios.ts';

// A jar: it can be filled, and emptied; it holds a litre.

const jar = defineDecider({
  name: 'jar',
  commands: { Fill: z.object({ ml: z.int() }), Empty: z.object({}) },
  events: { Filled: z.object({ ml: z.int() }), Emptied: z.object({}) },
  initialState: () => ({ ml: 0 }),
  decide: {
    Fill: ({ ml }, state) => {
      ensure(state.ml + ml <= 1000, 'TooMuch');
      return [{ type: 'Filled', data: { ml } }];
    },
    Empty: (_, { ml }) => (ml === 0 ? [] : [{ type: 'Emptied', data: {} }]),
  },
  evolve: { Filled: (state, { ml }) => ({ ml: state.ml + ml }), Emptied: () => ({ ml: 0 }) },
});
type Jar = typeof jar;
const filled = (ml: number): EventOf<Jar> => ({ type: 'Filled', data: { ml } });
const emptied: EventOf<Jar> = { type: 'Emptied', data: {} };
const fill = (ml: number) => ({ type: 'Fill', data: { ml } }) as const;
const empty = { type: 'Empty', data: {} } as const;

const table: Readonly<Record<string, Scenario<Jar>>> = {
  'an empty jar is filled': { given: [], when: fill(300), then: [filled(300)] },
  'a full jar is emptied': { given: [filled(700), filled(300)], when: empty, then: [emptied] },
  'an empty jar cannot be emptied again': { given: [filled(1), emptied], when: empty, then: [] },
  'no jar holds more than a litre': { given: [filled(900)], when: fill(101), then: refused('TooMuch') },
};

/** The titles of the rows and laws that do not hold. */
const brokenIn = (decider: Jar, rows: Readonly<Record<string, Scenario<Jar>>> = table): readonly string[] => {
  const checks = checksOf(decider, rows);
  return Object.entries({ ...checks.rows, ...checks.laws }).flatMap(([title, check]) => {
    try {
      check();
      return [];
    } catch {
      return [title];
    }
  });
};
const law = {
  commands: 'every command is tried',
  events: 'every event is produced',
  schema: 'every command fits its schema',
  storage: 'every event survives storage',
  snapshot: 'every state survives a snapshot: it is JSON',
  answered: 'every command is answered in every state, by events or a refusal',
  evolve: 'evolve never throws, whatever happened in whatever state',
  initial: 'the initial state is new each time, or cannot be changed by anyone',
};

test('a right decider and a right table hold', () => {
  expect(brokenIn(jar)).toEqual([]);
  expect(Object.keys(checksOf(jar, table).rows)).toEqual(Object.keys(table));
  expect(Object.keys(checksOf(jar, table).laws)).toEqual(Object.values(law));
});

test.each<[string, Scenario<Jar>]>([
  ['expects another event', { given: [], when: fill(300), then: [filled(301)] }],
  ['expects no event', { given: [], when: fill(300), then: [] }],
  ['expects an event of a refused command', { given: [filled(900)], when: fill(101), then: [filled(101)] }],
  ['expects another refusal', { given: [filled(900)], when: fill(101), then: refused('Cracked') }],
  ['expects a refusal of a command that is accepted', { given: [], when: fill(300), then: refused('TooMuch') }],
  ['expects what the oldest event alone would make', { given: [filled(700), filled(300)], when: fill(300), then: [filled(300)] }],
])('a row that %s does not hold', (title, row) => {
  expect(brokenIn(jar, { ...table, [title]: row })).toEqual([title]);
});

test('a table has to try every command and to produce every event', () => {
  const { 'a full jar is emptied': _, 'an empty jar cannot be emptied again': __, ...fillings } = table;
  expect(brokenIn(jar, fillings)).toEqual([law.commands, law.events]);
  const events = { ...table, 'a full jar is emptied': { given: [filled(1)], when: empty, then: [emptied] } };
  expect(brokenIn({ ...jar, events: { ...jar.events, Broken: z.object({}) } } as never, events)).toEqual([law.events]);
});

test('an event that is only given is not produced', () => {
  const { 'a full jar is emptied': _, ...others } = table;
  expect(brokenIn(jar, others)).toEqual([law.events]);
});

test('a command and an event have to fit their schemas', () => {
  const ml = z.object({ ml: z.int().max(500) });
  expect(brokenIn({ ...jar, commands: { ...jar.commands, Fill: z.object({ ml: z.int().min(200) }) } })).toEqual([law.schema]);
  expect(brokenIn({ ...jar, events: { ...jar.events, Filled: ml } })).toEqual([law.storage]);
});

test('an event has to be the same after it was stored', () => {
  const schema = z.object({ ml: z.int().transform((ml) => Math.min(ml, 800)) });
  expect(brokenIn({ ...jar, events: { ...jar.events, Filled: schema } } as never)).toEqual([law.storage]);
});

test('what a row decides has a place in the version that is recorded', () => {
  const older = z.object({ l: z.int() });
  const up = { from: older, to: ({ l }: z.output<typeof older>) => ({ ml: l * 1000 }) };
  const whole = versioned(jar.events.Filled, { 1: up }, { writes: 1, back: ({ ml }) => ({ l: Math.round(ml / 1000) }) });
  const exact = versioned(
    jar.events.Filled,
    { 1: { from: z.object({ ul: z.int() }), to: ({ ul }) => ({ ml: ul / 1000 }) } },
    {
      writes: 1,
      back: ({ ml }) => ({ ul: ml * 1000 }),
    },
  );
  expect(brokenIn({ ...jar, events: { ...jar.events, Filled: exact } })).toEqual([]);
  expect(brokenIn({ ...jar, events: { ...jar.events, Filled: whole } })).toEqual([law.storage]);
});

test('a state has to be JSON, the first one and each later one', () => {
  const dated = {
    ...jar,
    initialState: () => ({ ml: 0, at: new Date(0) }),
    evolve: { Filled: jar.evolve.Filled, Emptied: jar.evolve.Emptied },
  };
  expect(brokenIn(dated as never)).toContain(law.snapshot);
  const undefinedLater = { ...jar, evolve: { ...jar.evolve, Emptied: () => ({ ml: 0, lid: undefined }) } };
  expect(brokenIn(undefinedLater as never)).toEqual([law.snapshot]);
});

test('every command is answered in every state, also in those that no row asks it in', () => {
  const throwing = {
    ...jar,
    decide: {
      ...jar.decide,
      Empty: (_: object, { ml }: { ml: number }) => {
        if (ml === 900) throw new Error('stuck');
        return ml === 0 ? [] : [emptied];
      },
    },
  };
  expect(brokenIn(throwing as never)).toEqual([law.answered]);
});

test('evolve never throws, also after events that no row puts together', () => {
  const throwing = {
    ...jar,
    evolve: {
      ...jar.evolve,
      Filled: ({ ml }: { ml: number }, more: { ml: number }) => {
        if (ml === 900) throw new Error('full');
        return { ml: ml + more.ml };
      },
    },
  };
  expect(brokenIn(throwing as never)).toEqual([law.evolve]);
});

test('no one changes what he is handed, and the initial state is a new one', () => {
  const shared = { ml: 0 };
  const changing = (state: { ml: number }, { ml }: { ml: number }) => {
    state.ml += ml;
    return state;
  };
  expect(() => checksOf({ ...jar, evolve: { ...jar.evolve, Filled: changing } }, table)).toThrow(TypeError);
  expect(brokenIn({ ...jar, initialState: () => shared })).toEqual([]); // Frozen from now on: nobody can change it.
  const states = [{ ml: 0 }, { ml: 0 }, { ml: 5 }];
  let asked = 0;
  const { laws } = checksOf({ ...jar, initialState: () => states[Math.min(asked++, 2)] as { ml: number } }, {});
  asked = 1;
  expect(laws[law.initial]).toThrow();
  const changingCommand = (data: { ml: number }) => {
    data.ml = 1;
    return [filled(1)];
  };
  expect(brokenIn({ ...jar, decide: { ...jar.decide, Fill: changingCommand } })).toContain('an empty jar is filled');
});
