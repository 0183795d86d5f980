import { isInterruptible } from './interruption.ts';
import type { AnySaga, AnyStep } from './saga.ts';

// The order of a saga's steps.

/** The names of the steps, in groups. The steps of a group begin together, after the previous group has ended. */
export const groupsOf = ({ steps }: AnySaga): readonly (readonly string[])[] => {
  const groups: string[][] = [];
  for (const [name, { alongside }] of Object.entries(steps)) {
    if (alongside === undefined || groups.length === 0) groups.push([name]);
    else groups.at(-1)?.push(name);
  }
  return groups;
};

/** The first step of a group, which says where the group stands; undefined after the last group. */
export const leaderOf = (saga: AnySaga, group: number): AnyStep | undefined => saga.steps[groupsOf(saga)[group]?.[0] ?? ''];

/** The choice that a group belongs to; undefined for a group of no branch. */
export const choiceOf = (saga: AnySaga, group: number): number | undefined => {
  let at = group;
  while (leaderOf(saga, at)?.branch !== undefined) at -= 1;
  return at < group && leaderOf(saga, at)?.choose !== undefined ? at : undefined;
};

/** The first group from this one on that belongs to no branch: of the last branches, the number of groups. */
const afterBranches = (saga: AnySaga, from: number): number => {
  let at = from;
  while (leaderOf(saga, at)?.branch !== undefined) at += 1;
  return at;
};

/** The group after this one on the way forth; after the last, the number of groups. After a choice it depends on the branch. */
export const groupAfter = (saga: AnySaga, group: number, branch?: string): number => {
  const { choose, branch: own } = leaderOf(saga, group) ?? {};
  const [next, end] = [group + 1, afterBranches(saga, group + 1)];
  if (choose === undefined) return own === undefined || own === leaderOf(saga, next)?.branch ? next : end;
  for (let at = next; at < end; at += 1) if (leaderOf(saga, at)?.branch === branch) return at;
  return end;
};

/** Whether a step sends a command that nothing undoes. */
export const isPointOfNoReturn = ({ send, undo }: AnyStep): boolean => send !== undefined && undo === undefined;

/**
 * Whether an event may interrupt the saga until all its steps are done. Otherwise every execution ends with the step without `undo`, and the
 * last look for an interruption is before that step.
 */
export const isClosed = (saga: AnySaga): boolean => {
  const last = leaderOf(saga, groupsOf(saga).length - 1);
  const isLastAlways = last !== undefined && isPointOfNoReturn(last) && last.when === undefined && last.branch === undefined;
  return isInterruptible(saga) && !isLastAlways;
};

/** Whether the saga learns from a step. The steps after it see another context than the saga began with. */
export const learnsIn = ({ learns, late }: AnyStep): boolean => learns !== undefined || late !== undefined;
export const learnsAnywhere = ({ steps }: AnySaga): boolean => Object.values(steps).some(learnsIn);
