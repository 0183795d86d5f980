import * as z from 'zod';
import { type CommandOf, defineDecider } from '../../core/write/decider.ts';

/** An aggregate for tests that holds any names, and whose other commits concern none. */
export const badge = defineDecider({
  name: 'badge',
  commands: { Hold: z.object({ names: z.array(z.string()) }), Show: z.object({}) },
  events: { NamesHeld: z.object({ names: z.array(z.string()) }), Shown: z.object({}) },
  initialState: (): { readonly names: readonly string[]; readonly times: number } => ({ names: [], times: 0 }),
  claims: ({ names }) => names,
  decide: {
    Hold: ({ names }) => [{ type: 'NamesHeld', data: { names } }],
    Show: () => [{ type: 'Shown', data: {} }],
  },
  evolve: {
    NamesHeld: ({ times }, { names }) => ({ names, times: times + 1 }),
    Shown: ({ names, times }) => ({ names, times: times + 1 }),
  },
});

export const hold = (...names: string[]): CommandOf<typeof badge> => ({ type: 'Hold', data: { names } });
export const show: CommandOf<typeof badge> = { type: 'Show', data: {} };
