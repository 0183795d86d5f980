import * as z from 'zod';
import type { Scenario } from '../core/testing/scenarios.ts';
import { defineDecider } from '../core/write/decider.ts';
import type { hut } from './support/hut.ts';

// Nothing here runs. What a decider's circumstances, answers and rules on who may send a command let compile, and what they do not.

type Door = { readonly open: boolean; readonly times: number };
const base = {
  name: 'door',
  commands: { Open: z.object({}), Close: z.object({ why: z.string() }) },
  events: { Opened: z.object({}), Closed: z.object({ why: z.string() }) },
  initialState: (): Door => ({ open: false, times: 0 }),
};
const decide = { Open: () => [], Close: () => [] };
const evolve = { Opened: (door: Door) => door, Closed: (door: Door) => door };
const answers = { Open: z.object({ times: z.int() }) };
const opening = () => ({ events: [], answer: { times: 1 } });
const Close = (): [] => [];
defineDecider({
  ...base,
  answers,
  internal: ['Close'],
  allow: {
    Open: ({ actor, grants, tenant }, { open }, data: Record<string, never>) => actor === tenant && grants.includes('x') && open && !data,
  },
  decide: {
    Open: (_, { open, times }) => ({ events: open ? [] : [{ type: 'Opened', data: {} }], answer: { times } }),
    Close: ({ why }, _, { now, actor = 'nobody' }) => [{ type: 'Closed', data: { why: `${why} ${actor} ${now.slice(0, 10)}` } }],
  },
  evolve: {
    Opened: (door, _, { version }) => ({ ...door, open: true, times: version }),
    Closed: (_, __, { recordedAt, actor }) => ({ open: recordedAt === actor, times: 0 }),
  },
});
defineDecider({ ...base, answers, evolve, decide: { Open: () => ({ events: [], answer: { times: 1 } }), Close: () => [] } });
// @ts-expect-error no answer, where the command has one
defineDecider({ ...base, answers, evolve, decide: { Open: () => [], Close: () => [] } });
// @ts-expect-error an answer of the wrong shape
defineDecider({ ...base, answers, evolve, decide: { Open: () => ({ events: [], answer: { times: 'many' } }), Close: () => [] } });
// @ts-expect-error a field that the schema of the answer does not name
defineDecider({ ...base, answers, evolve, decide: { Open: () => ({ events: [], answer: { times: 1, more: 1 } }), Close: () => [] } });
// @ts-expect-error an answer to a command that has none
defineDecider({ ...base, answers, evolve, decide: { Open: opening, Close: () => ({ events: [], answer: 1 }) } });
// @ts-expect-error an answer, and the decider has no schema for any
defineDecider({ ...base, evolve, decide: { Open: () => ({ events: [], answer: 1 }), Close: () => [] } });
// @ts-expect-error a misspelt event beside an answer
defineDecider({ ...base, answers, evolve, decide: { Open: () => ({ events: [{ type: 'X', data: {} }], answer: { times: 1 } }), Close } });
// @ts-expect-error an answer to no command
defineDecider({ ...base, answers: { Shut: z.string() }, evolve, decide });
// @ts-expect-error a rule for no command
defineDecider({ ...base, allow: { Shut: () => true }, evolve, decide });
// @ts-expect-error a rule that answers later
defineDecider({ ...base, allow: { Open: async () => true }, evolve, decide });
// @ts-expect-error a rule that misreads the state
defineDecider({ ...base, allow: { Open: (_, { guest }) => guest === 'ada' }, evolve, decide });
// @ts-expect-error an internal command that there is not
defineDecider({ ...base, internal: ['Shut'], evolve, decide });
// @ts-expect-error circumstances that there are not
defineDecider({ ...base, evolve, decide: { Open: (_, __, { today }) => [{ type: 'Closed', data: { why: today } }], Close: () => [] } });
// @ts-expect-error metadata that a state cannot depend on
defineDecider({ ...base, decide, evolve: { Opened: (door, _, { commandId }) => ({ ...door, times: commandId }), Closed: (door) => door } });

const row: Scenario<typeof hut> = {
  given: [{ type: 'Left', data: { bed: 1 }, metadata: { recordedAt: '2026-01-01T09:00:00Z', actor: 'ada' } }],
  when: { type: 'Close', data: {} },
  at: '2026-01-02T09:00:00Z',
  as: { actor: 'ada', tenant: 'acme', grants: ['warden'] },
  then: [],
};
// @ts-expect-error a client is no text
const unnamed: Scenario<typeof hut> = { ...row, as: 'ada' };
// @ts-expect-error a time is a text in ISO 8601
const dated: Scenario<typeof hut> = { ...row, at: new Date(0) };
void [row, unnamed, dated];
