import * as z from 'zod';
import { ensure } from '../../core/basics/errors.ts';
import { defineProjection } from '../../core/read/projection.ts';
import { type CommandOf, defineDecider } from '../../core/write/decider.ts';

const added = z.object({ amount: z.int(), note: z.string().optional() });

/** An aggregate for tests: a sum with a limit. One command makes any number of events, of any size, and a stream may get any length. */
export const tally = defineDecider({
  name: 'tally',
  commands: { Add: z.object({ amounts: z.array(z.int()), note: z.string().optional() }), Clear: z.object({}), Close: z.object({}) },
  events: { Added: added, Cleared: z.object({}), Closed: z.object({}) },
  initialState: (): { readonly sum: number; readonly isClosed: boolean } => ({ sum: 0, isClosed: false }),
  decide: {
    Add: ({ amounts, note }, { sum, isClosed }) => {
      ensure(!isClosed, 'TallyClosed');
      ensure(amounts.reduce((total, amount) => total + amount, sum) <= tallyLimit, 'OverLimit');
      return amounts.map((amount) => ({ type: 'Added' as const, data: note === undefined ? { amount } : { amount, note } }));
    },
    Clear: (_, { sum, isClosed }) => {
      ensure(!isClosed, 'TallyClosed');
      return sum === 0 ? [] : [{ type: 'Cleared', data: {} }];
    },
    Close: (_, { isClosed }) => (isClosed ? [] : [{ type: 'Closed', data: {} }]),
  },
  evolve: {
    Added: (state, { amount }) => ({ ...state, sum: state.sum + amount }),
    Cleared: (state) => ({ ...state, sum: 0 }),
    Closed: (state) => ({ ...state, isClosed: true }),
  },
});

export const tallyLimit = 1000;

export const add = (...amounts: number[]): CommandOf<typeof tally> => ({ type: 'Add', data: { amounts } });
export const clear: CommandOf<typeof tally> = { type: 'Clear', data: {} };
export const close: CommandOf<typeof tally> = { type: 'Close', data: {} };

/** Its document tells any loss, doubling or reordering: `trail` names every event since the last clearing, in order. */
export const tallyTotal = defineProjection({
  name: 'tally-total',
  revision: 1,
  events: tally.events,
  document: z.object({ sum: z.int(), parity: z.enum(['even', 'odd']), trail: z.string() }),
  indexes: { byParity: { partition: 'parity', sort: 'sum' } },
  initialState: (): { sum: number; parity: 'even' | 'odd'; trail: string } => ({ sum: 0, parity: 'even', trail: '' }),
  evolve: {
    Added: ({ sum, trail }, { amount }, { version }) => ({
      sum: sum + amount,
      parity: (sum + amount) % 2 === 0 ? 'even' : 'odd',
      trail: `${trail} ${amount}@${version}`,
    }),
    Cleared: () => null,
    // No row for `Closed`: the version moves on, the document does not.
  },
});
