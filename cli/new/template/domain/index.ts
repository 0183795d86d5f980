import { defineDomain } from 'foldstream';
import { task } from './task/decider.ts';
import { taskSummary } from './task/task-summary.ts';

/** What this service is made of: one line per member. */
export const domain = defineDomain({
  deciders: [task],
  projections: [taskSummary],
});
