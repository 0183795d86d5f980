import * as z from 'zod';
import type { Scenario } from '../core/testing/scenarios.ts';
import { defineDecider } from '../core/write/decider.ts';
import type { Readable } from '../core/write/reads.ts';

// Nothing here runs. What `reads` of a decider lets compile, and what it does not.

type Room = { readonly beds: number };
const room = defineDecider({
  name: 'room',
  commands: { Furnish: z.object({ beds: z.int() }) },
  events: { Furnished: z.object({ beds: z.int() }) },
  initialState: (): Room => ({ beds: 0 }),
  decide: { Furnish: (data) => [{ type: 'Furnished', data }] },
  evolve: { Furnished: (_, { beds }) => ({ beds }) },
});

const base = {
  name: 'guest',
  commands: { Book: z.object({ roomId: z.string(), others: z.array(z.string()), nights: z.int() }), Leave: z.object({}) },
  events: { Booked: z.object({ roomId: z.string() }) },
  initialState: (): { readonly booked: number } => ({ booked: 0 }),
};
const evolve = { Booked: ({ booked }: { readonly booked: number }) => ({ booked: booked + 1 }) };
const decide = { Book: () => [], Leave: () => [] };

const guest = defineDecider({
  ...base,
  reads: { Book: { room: { of: room, id: ({ roomId }) => roomId }, others: { of: room, ids: ({ others }) => others } } },
  allow: { Book: ({ reads: { room } }) => room.exists },
  decide: {
    Book: ({ roomId }, _, { now, reads: { room, others } }) => {
      const beds: number = others.reduce((sum, { state, version }) => sum + state.beds + version, room.state.beds);
      // @ts-expect-error The command reads no such aggregate.
      ((_, { reads: { garden } }) => garden)(1, { reads: { room, others } });
      // @ts-expect-error It is a list.
      const wrong = others.state;
      // @ts-expect-error The room has no such field.
      const none = room.state.windows;
      return beds > 0 && now > '' && !wrong && !none ? [{ type: 'Booked', data: { roomId } }] : [];
    },
    // @ts-expect-error This command reads nothing.
    Leave: (_, __, { reads }) => (reads ? [] : []),
  },
  evolve,
});

// @ts-expect-error No field of the command.
defineDecider({ ...base, reads: { Book: { room: { of: room, id: ({ gardenId }) => gardenId } } }, decide, evolve });
// @ts-expect-error A number is no id.
defineDecider({ ...base, reads: { Book: { room: { of: room, id: ({ nights }) => nights } } }, decide, evolve });
// @ts-expect-error One id, or a list of them.
defineDecider({ ...base, reads: { Book: { room: { of: room, id: ({ others }) => others } } }, decide, evolve });
// @ts-expect-error Which decider?
defineDecider({ ...base, reads: { Book: { room: { id: ({ roomId }) => roomId } } }, decide, evolve });
// @ts-expect-error No command of this decider.
defineDecider({ ...base, reads: { Burn: { room: { of: room, id: () => 'x' } } }, decide, evolve });

// A decider that reads others of its own kind names itself by a function with a return type.
type Account = { readonly cents: number };
export const account = defineDecider({
  name: 'account',
  commands: { Beat: z.object({ other: z.string() }) },
  events: { Beaten: z.object({}) },
  initialState: (): Account => ({ cents: 0 }),
  reads: { Beat: { other: { of: (): Readable<Account> => account, id: ({ other }) => other } } },
  decide: { Beat: (_, { cents }, { reads: { other } }) => (cents > other.state.cents ? [{ type: 'Beaten', data: {} }] : []) },
  evolve: { Beaten: (state) => state },
});

type Row = Scenario<typeof guest>;
const when: Row['when'] = { type: 'Book', data: { roomId: 'r', others: [], nights: 1 } };
const furnished = { type: 'Furnished', data: { beds: 1 } } as const;
export const rows: readonly Row[] = [
  { given: [], when, then: [] },
  { given: [], when, reads: { room: [furnished], others: { a: [furnished], b: [] } }, then: [] },
  // @ts-expect-error The guest reads no garden.
  { given: [], when, reads: { garden: [furnished] }, then: [] },
  // @ts-expect-error No event of a room.
  { given: [], when, reads: { room: [{ type: 'Booked', data: { roomId: 'r' } }] }, then: [] },
];
