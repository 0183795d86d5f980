// Scenarios that fail, each by one law: test/laws/scenario-laws.test.ts runs them and looks which did. No test by itself.
import { defineDecider, defineProjection, defineSaga, type EventOf } from 'foldstream';
import { projectionScenarios, sagaPaths } from 'foldstream/testing';
import * as z from 'zod';

const jar = defineDecider({
  name: 'jar',
  commands: { Fill: z.object({ ml: z.int() }), Empty: z.object({}) },
  events: { Filled: z.object({ ml: z.int() }), Emptied: z.object({}) },
  initialState: () => ({ ml: 0 }),
  decide: { Fill: ({ ml }) => [{ type: 'Filled', data: { ml } }], Empty: (_, { ml }) => (ml === 0 ? [] : [{ type: 'Emptied', data: {} }]) },
  evolve: { Filled: ({ ml }, filling) => ({ ml: ml + filling.ml }), Emptied: () => ({ ml: 0 }) },
});
const filled = (ml: number): EventOf<typeof jar> => ({ type: 'Filled', data: { ml } });
const emptied: EventOf<typeof jar> = { type: 'Emptied', data: {} };

const base = { revision: 1, events: jar.events, initialState: () => ({ ml: 0 }) };
const document = z.object({ ml: z.int() });
const content = defineProjection({
  ...base,
  document,
  name: 'content',
  evolve: { Filled: (one, { ml }) => ({ ml: one.ml + ml }), Emptied: () => null },
});
projectionScenarios(content, { 'is right': { given: [filled(1), filled(2)], then: { ml: 3 } } });
projectionScenarios(
  { ...content, name: 'wrong' },
  { 'expects another document': { given: [filled(1), emptied], then: { ml: 1 } }, 'expects none': { given: [emptied], then: null } },
);
projectionScenarios(
  { ...content, name: 'unfit', document: z.object({ ml: z.int().max(2) }) },
  { 'is right': { given: [filled(3)], then: { ml: 3 } }, 'is emptied': { given: [filled(1), emptied], then: null } },
);
projectionScenarios(
  {
    ...content,
    name: 'changing',
    evolve: {
      Filled: (one, { ml }) => {
        one.ml += ml;
        return one;
      },
    },
  },
  { 'is handed what it may not change': { given: [filled(3)], then: { ml: 3 } } },
);
projectionScenarios(
  defineProjection({
    ...base,
    document,
    name: 'latest',
    key: () => 'all',
    evolve: { Filled: (_, { ml }) => ({ ml }) },
  }),
  {
    'is right in one order only': {
      given: [filled(1), { ...filled(2), metadata: { id: '2' } }],
      documents: { all: { ml: 2 } },
    },
  },
);

sagaPaths(
  defineSaga({
    name: 'emptying',
    context: z.object({ id: z.string() }),
    startsOn: { of: jar, event: 'Filled', context: (_, { id }) => ({ id }) },
    steps: { Empty: { to: jar, send: ({ id }) => ({ id, type: 'Empty', data: {} }) } },
    onAbort: { to: jar, send: ({ id }) => ({ id, type: 'Empty', data: {} }) },
  }),
  {
    'ends empty': {
      given: [{ to: jar, id: '1', command: { type: 'Fill', data: { ml: 1 } } }],
      outside: [],
      invariants: { 'it ends': () => true },
    },
    'is filled once more': {
      given: [{ to: jar, id: '1', command: { type: 'Fill', data: { ml: 1 } } }],
      outside: [],
      invariants: { 'the jar is full': () => false },
    },
  },
);
