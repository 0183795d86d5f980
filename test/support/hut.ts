import * as z from 'zod';
import { ensure } from '../../core/basics/errors.ts';
import { type CommandOf, defineDecider } from '../../core/write/decider.ts';

const place = z.object({ bed: z.int(), until: z.string() });

/** An aggregate for tests: a hut with beds. A booking is answered with its bed, guests leave by themselves, and only processes close the hut. */
export const hut = defineDecider({
  name: 'hut',
  commands: { Book: z.object({ nights: z.int(), note: z.string().optional() }), Leave: z.object({ bed: z.int() }), Close: z.object({}) },
  events: {
    Booked: z.object({ bed: z.int(), guest: z.string(), note: z.string().optional() }),
    Left: z.object({ bed: z.int() }),
    Closed: z.object({}),
  },
  answers: { Book: place },
  internal: ['Close'],
  allow: { Leave: ({ actor, grants }, { guests }, { bed }) => grants.includes('warden') || guests[bed] === actor },
  initialState: (): { readonly guests: Readonly<Record<string, string>>; readonly next: number; readonly isClosed: boolean } => ({
    guests: {},
    next: 1,
    isClosed: false,
  }),
  decide: {
    Book: ({ nights, note }, { guests, next, isClosed }, { now, actor = 'nobody' }) => {
      ensure(!isClosed, 'HutClosed');
      const until = new Date(Date.parse(now) + nights * 86_400_000).toISOString().slice(0, 10);
      const [held] = Object.entries(guests).find(([, guest]) => guest === actor && note === undefined) ?? [];
      if (held !== undefined) return { events: [], answer: { bed: Number(held), until } };
      const data = { bed: next, guest: actor, ...(note === undefined ? {} : { note }) };
      return { events: [{ type: 'Booked', data }], answer: { bed: next, until } };
    },
    Leave: ({ bed }, { guests }) => (guests[bed] === undefined ? [] : [{ type: 'Left', data: { bed } }]),
    Close: (_, { isClosed }) => (isClosed ? [] : [{ type: 'Closed', data: {} }]),
  },
  evolve: {
    Booked: (state, { bed, guest }) => ({ ...state, guests: { ...state.guests, [bed]: guest }, next: bed + 1 }),
    Left: (state, { bed }) => ({ ...state, guests: Object.fromEntries(Object.entries(state.guests).filter(([one]) => one !== `${bed}`)) }),
    Closed: (state) => ({ ...state, isClosed: true }),
  },
});

type Command = CommandOf<typeof hut>;
export const book = (nights = 1, note?: string): Command => ({ type: 'Book', data: { nights, ...(note === undefined ? {} : { note }) } });
export const leave = (bed: number): Command => ({ type: 'Leave', data: { bed } });
export const closeHut: Command = { type: 'Close', data: {} };
