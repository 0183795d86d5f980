import { expect, test } from '@jest/globals';
import type { EventOf } from 'foldstream';
import { commitsOf, foldAll, recordedAt } from 'foldstream/testing';
import type { task } from './decider.ts';
import { taskSummary } from './task-summary.ts';

type Event = EventOf<typeof task>;

const added: Event = { type: 'TaskAdded', data: { title: 'Read the tutorial' } };
const closed: Event = { type: 'TaskClosed', data: { reason: 'done' } };

const open = { title: 'Read the tutorial', status: 'open', addedAt: recordedAt(1) };

const table: Readonly<Record<string, { given: readonly Event[]; gives: object | null }>> = {
  'no task, no document': { given: [], gives: null },
  'a task that was added is open': { given: [added], gives: open },
  'a task that was closed says when': { given: [added, closed], gives: { ...open, status: 'closed', closedAt: recordedAt(2) } },
};

test.each(Object.entries(table))('%s', (_title, { given, gives }) => {
  const commits = commitsOf({ aggregate: 'task', id: '42' }, ...given.map((event) => [event]));
  expect(foldAll(taskSummary, commits).document).toEqual(gives);
});
