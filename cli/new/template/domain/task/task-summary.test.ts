import type { EventOf } from 'foldstream';
import { projectionScenarios, recordedAt } from 'foldstream/testing';
import type { task } from './decider.ts';
import { taskSummary } from './task-summary.ts';

type Event = EventOf<typeof task>;

const added: Event = { type: 'TaskAdded', data: { title: 'Read the tutorial' } };
const closed: Event = { type: 'TaskClosed', data: { reason: 'done' } };

const open = { title: 'Read the tutorial', status: 'open', addedAt: recordedAt(1) } as const;

projectionScenarios(taskSummary, {
  'no task, no document': { given: [], then: null },
  'a task that was added is open': { given: [added], then: open },
  'a task that was closed says when': { given: [added, closed], then: { ...open, status: 'closed', closedAt: recordedAt(2) } },
});
