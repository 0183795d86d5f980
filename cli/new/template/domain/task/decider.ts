import { defineDecider, ensure } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

export const commands = {
  AddTask: z.object({ title: z.string().min(1).max(200) }),
  CloseTask: z.object({ reason: z.string().max(1000) }),
};

type Task = { readonly status: 'new' | 'open' | 'closed' };

/** What may happen to a task: it is added once, and closed once. */
export const task = defineDecider({
  name: 'task',
  commands,
  events,
  initialState: (): Task => ({ status: 'new' }),

  decide: {
    AddTask: (data, { status }) => {
      ensure(status === 'new', 'TaskAlreadyAdded');
      return [{ type: 'TaskAdded', data }];
    },
    CloseTask: (data, { status }) => {
      if (status === 'closed') return [];
      ensure(status === 'open', 'TaskNotOpen');
      return [{ type: 'TaskClosed', data }];
    },
  },

  evolve: {
    TaskAdded: () => ({ status: 'open' }),
    TaskClosed: () => ({ status: 'closed' }),
  },
});
