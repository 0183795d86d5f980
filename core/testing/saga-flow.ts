import { stepNamed } from '../sagas/running/definition.ts';
import { type AnySaga, groupsOf } from '../sagas/saga.ts';

// The meaning of a saga as a function from its position to its next tasks. Tests compare the generated state machine with it.

/** The outcome of a task as the saga sees it. */
export type Result = 'done' | 'not done' | 'unknown';

export interface Task {
  readonly does: 'send' | 'undo' | 'abort';
  readonly step: string;
  readonly index: number;
}

export interface Flow {
  readonly way: 'forth' | 'back' | 'abort' | 'Completed' | 'Aborted';
  /** The present group of steps, from 0. */
  readonly group: number;
  /** The outcomes of the ended tasks, by step and index. */
  readonly sent: Readonly<Record<string, Result>>;
  readonly undone: readonly string[];
  /** The task that an operator is asked about. */
  readonly waits?: Task;
}

export const idOf = ({ does, step, index }: Task): string =>
  does === 'abort' ? 'Abort' : `${does === 'undo' ? 'Undo ' : ''}${step}/${index}`;
const keyOf = ({ step, index }: Task): string => `${step}/${index}`;

export const begin = (saga: AnySaga, context: unknown): Flow => settled(saga, context, { way: 'forth', group: 0, sent: {}, undone: [] });

/** The tasks that have begun and not ended. They run in any order. */
export const tasksAt = (saga: AnySaga, context: unknown, { way, group, sent, undone, waits }: Flow): readonly Task[] => {
  if (waits !== undefined) return [];
  if (way === 'abort') return [{ does: 'abort', step: '', index: 0 }];
  const all = (groupsOf(saga)[group] ?? []).flatMap((step) => tasksOf(saga, context, step));
  if (way === 'forth') return all.filter((task) => sent[keyOf(task)] === undefined);
  if (way !== 'back') return [];
  return all
    .filter((task) => typeof stepNamed(saga, task.step).undo === 'function')
    .filter((task) => ['done', 'unknown'].includes(sent[keyOf(task)] ?? '') && !undone.includes(keyOf(task)))
    .map((task) => ({ ...task, does: 'undo' }));
};

const tasksOf = (saga: AnySaga, context: unknown, step: string): readonly Task[] => {
  const { forEach } = stepNamed(saga, step);
  const items = forEach === undefined ? [0] : (context as Record<string, readonly unknown[]>)[forEach];
  return (items ?? []).map((_, index) => ({ does: 'send', step, index }));
};

/** The position after the end of a task. */
export const after = (saga: AnySaga, context: unknown, flow: Flow, task: Task, result: Result): Flow => {
  const isPointOfNoReturn = task.does === 'send' && stepNamed(saga, task.step).undo === undefined;
  if (task.does === 'send' ? isPointOfNoReturn && result === 'unknown' : result !== 'done') return { ...flow, waits: task };
  if (task.does === 'abort') return { ...flow, way: 'Aborted' };
  if (task.does === 'undo') return settled(saga, context, { ...flow, undone: [...flow.undone, keyOf(task)].toSorted() });
  return settled(saga, context, { ...flow, sent: { ...flow.sent, [keyOf(task)]: result } });
};

/** The position after an operator's answer: try the task again, or go on without it. */
export const told = (saga: AnySaga, context: unknown, { waits, ...flow }: Flow, isAgain: boolean): Flow => {
  if (waits === undefined || isAgain) return flow;
  return after(saga, context, flow, waits, waits.does === 'send' ? 'not done' : 'done');
};

/** The next position that has tasks, or the end. */
const settled = (saga: AnySaga, context: unknown, flow: Flow): Flow => {
  if (tasksAt(saga, context, flow).length > 0) return flow;
  const { way, group, sent } = flow;
  if (way === 'forth') {
    const isDone = (groupsOf(saga)[group] ?? []).every((step) =>
      tasksOf(saga, context, step).every((task) => sent[keyOf(task)] === 'done'),
    );
    if (!isDone) return settled(saga, context, { ...flow, way: 'back' });
    const isLast = group === groupsOf(saga).length - 1;
    return isLast ? { ...flow, way: 'Completed' } : settled(saga, context, { ...flow, group: group + 1 });
  }
  if (way === 'back') return settled(saga, context, group === 0 ? { ...flow, way: 'abort' } : { ...flow, group: group - 1 });
  return flow;
};
