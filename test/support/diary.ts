import * as z from 'zod';
import { versioned } from '../../core/log/upcasting.ts';
import type { EventCircumstances } from '../../core/write/circumstances.ts';
import { type CommandOf, defineDecider } from '../../core/write/decider.ts';

const written = z.object({ note: z.string(), at: z.string() });

/** An aggregate for tests. Its events hold the time of their decision, and its state all that `evolve` saw. */
export const diary = defineDecider({
  name: 'diary',
  commands: { Write: z.object({ notes: z.array(z.string()) }), Tear: z.object({}) },
  events: {
    Written: versioned(written, { 1: { from: z.object({ note: z.string() }), to: ({ note }) => ({ note, at: 'unknown' }) } }),
    Torn: z.object({ by: z.string(), of: z.string(), grants: z.array(z.string()), at: z.string() }),
  },
  initialState: (): { readonly pages: number; readonly seen: readonly Seen[] } => ({ pages: 0, seen: [] }),
  decide: {
    Write: ({ notes }, _, { now }) => notes.map((note) => ({ type: 'Written' as const, data: { note, at: now } })),
    Tear: (_, { pages }, { now, actor = 'nobody', tenant = 'no tenant', grants }) =>
      pages === 0 ? [] : [{ type: 'Torn', data: { by: actor, of: tenant, grants: [...grants], at: now } }],
  },
  evolve: {
    Written: ({ pages, seen }, { note }, circumstances) => ({ pages: pages + 1, seen: [...seen, { what: note, ...circumstances }] }),
    Torn: ({ seen }, { by }, circumstances) => ({ pages: 0, seen: [...seen, { what: `torn by ${by}`, ...circumstances }] }),
  },
});

type Seen = EventCircumstances & { readonly what: string };

export const write = (...notes: string[]): CommandOf<typeof diary> => ({ type: 'Write', data: { notes } });
export const tear: CommandOf<typeof diary> = { type: 'Tear', data: {} };
