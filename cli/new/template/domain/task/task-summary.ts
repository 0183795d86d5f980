import { defineProjection } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

const document = z.object({
  title: z.string(),
  status: z.enum(['open', 'closed']),
  addedAt: z.string(),
  closedAt: z.string().optional(),
});
type TaskSummary = z.output<typeof document>;

/** What is shown of a task: GET /task-summary/{id}, and GET /task-summary?status=open for a list. */
export const taskSummary = defineProjection({
  name: 'task-summary',
  revision: 1,
  events,
  document,
  indexes: { byStatus: { partition: 'status', sort: 'addedAt' } },
  initialState: (): TaskSummary => ({ title: '', status: 'open', addedAt: '' }),

  evolve: {
    TaskAdded: (task, { title }, { recordedAt }) => ({ ...task, title, addedAt: recordedAt }),
    TaskClosed: (task, _data, { recordedAt }) => ({ ...task, status: 'closed', closedAt: recordedAt }),
  },
});
