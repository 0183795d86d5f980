import * as z from 'zod';
import { ensure } from '../../core/basics/errors.ts';
import { type CommandOf, defineDecider } from '../../core/write/decider.ts';

/** An aggregate for tests whose state is as large as one likes: everything that was ever put on it, until it is taken down. */
export const pile = defineDecider({
  name: 'pile',
  commands: { Put: z.object({ sheets: z.array(z.string()) }), TakeDown: z.object({}) },
  events: { SheetPut: z.object({ sheet: z.string() }), TakenDown: z.object({}) },
  initialState: (): { readonly sheets: readonly string[]; readonly times: number } => ({ sheets: [], times: 0 }),
  decide: {
    Put: ({ sheets }) => sheets.map((sheet) => ({ type: 'SheetPut' as const, data: { sheet } })),
    TakeDown: (_, { sheets }) => {
      ensure(sheets.length > 0, 'NothingThere');
      return [{ type: 'TakenDown', data: {} }];
    },
  },
  evolve: {
    SheetPut: ({ sheets, times }, { sheet }) => ({ sheets: [...sheets, sheet], times: times + 1 }),
    TakenDown: ({ times }) => ({ sheets: [], times: times + 1 }),
  },
});

export const put = (...sheets: string[]): CommandOf<typeof pile> => ({ type: 'Put', data: { sheets } });
export const takeDown: CommandOf<typeof pile> = { type: 'TakeDown', data: {} };
