import * as z from 'zod';
import { ensure } from '../../core/basics/errors.ts';
import { defineDecider } from '../../core/write/decider.ts';
import { close, evolve, opened } from '../account.ts';

const entrySchema = z.object({
  amountCents: z.int(),
  bookedOn: z.string().min(1),
  reference: z.string().min(1),
  counterparty: z.string().min(1),
  purpose: z.string(),
});
const events = { MoneyMoved: entrySchema, AccountClosed: z.object({}) };

/** The account as a decider of this project: a schema for every command and event. */
export const account = defineDecider({
  name: 'account',
  commands: { Move: z.object({ entries: z.array(entrySchema) }), Close: z.object({}) },
  events,
  initialState: opened,
  decide: {
    Move: ({ entries }, { isClosed }) => {
      ensure(!isClosed, 'AccountClosed');
      return entries.map((data) => ({ type: 'MoneyMoved' as const, data }));
    },
    Close: (_, state) => close(state),
  },
  evolve: {
    MoneyMoved: (state, data) => evolve(state, { type: 'MoneyMoved', data }),
    AccountClosed: (state) => evolve(state, { type: 'AccountClosed', data: {} }),
  },
});
