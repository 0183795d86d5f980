import { groupAfter, groupsOf, isClosed, isPointOfNoReturn, leaderOf } from '../sagas/order.ts';
import type { SagaInput } from '../sagas/ports.ts';
import { type Asked, decided } from '../sagas/running/decide.ts';
import { stepNamed } from '../sagas/running/definition.ts';
import type { AnySaga } from '../sagas/saga.ts';

// The meaning of a saga as a function from its position to its next tasks. Tests compare the generated state machine with it.

/** The outcome of a task as the saga sees it. */
export type Result = 'done' | 'not done' | 'unknown';

export interface Task {
  /** `close`: the last look for an interruption. `wait`: until a time. A step that only waits for an event is a `send` without a command. */
  readonly does: 'send' | 'wait' | 'undo' | 'abort' | 'close';
  readonly step: string;
  /** The index of the item of a list, or the round of a step that repeats. */
  readonly index: number;
  /** The context that the task sees; absent: the one that the saga began with. */
  readonly context?: unknown;
}

export interface Flow {
  readonly way: 'forth' | 'close' | 'back' | 'abort' | 'Completed' | 'Aborted';
  /** The present group of steps, from 0. */
  readonly group: number;
  /** The outcomes of the ended tasks, by step and index. */
  readonly sent: Readonly<Record<string, Result>>;
  readonly undone: readonly string[];
  /** The task that an operator is asked about. */
  readonly waits?: Task;
  /** What the saga has learned; absent: it has learned nothing. */
  readonly context?: unknown;
  /** The round that was begun last, by step. */
  readonly rounds?: Readonly<Record<string, number>>;
}

export const idOf = ({ does, step, index }: Task): string =>
  does === 'abort' ? 'Abort' : does === 'close' ? 'Close' : `${does === 'undo' ? 'Undo ' : ''}${step}/${index}`;
const keyOf = ({ step, index }: Task): string => `${step}/${index}`;

export const begin = (saga: AnySaga, context: unknown): Flow => entered(saga, context, { way: 'forth', group: 0, sent: {}, undone: [] }, 0);

/** The tasks that have begun and not ended. They run in any order. */
export const tasksAt = (saga: AnySaga, context: unknown, flow: Flow): readonly Task[] => {
  const { way, group, sent, undone, waits, rounds = {} } = flow;
  const seen = flow.context === undefined ? {} : { context: flow.context };
  if (waits !== undefined) return [];
  if (way === 'abort' || way === 'close') return [{ does: way, step: '', index: 0, ...seen }];
  const steps = groupsOf(saga)[group] ?? [];
  const now = steps.flatMap((step) => tasksOf(saga, context, step, rounds)).map((task) => ({ ...task, ...seen }));
  if (way === 'forth') return now.filter((task) => sent[keyOf(task)] === undefined);
  if (way !== 'back') return [];
  const left = [...now.flatMap(roundsBefore), ...now]
    .filter((task) => typeof stepNamed(saga, task.step).undo === 'function')
    .filter((task) => ['done', 'unknown'].includes(sent[keyOf(task)] ?? '') && !undone.includes(keyOf(task)))
    .map((task) => ({ ...task, does: 'undo' }) as const);
  return leaderOf(saga, group)?.repeat === undefined ? left : left.slice(-1);
};

const roundsBefore = (task: Task): readonly Task[] => Array.from({ length: task.index }, (_, index) => ({ ...task, index }));

const tasksOf = (saga: AnySaga, context: unknown, step: string, rounds: Readonly<Record<string, number>>): readonly Task[] => {
  const { forEach, until, repeat } = stepNamed(saga, step);
  if (repeat !== undefined) return [{ does: 'send', step, index: rounds[step] ?? 0 }];
  const items = forEach === undefined ? [0] : (context as Record<string, readonly unknown[]>)[forEach];
  return (items ?? []).map((_, index) => ({ does: until === undefined ? 'send' : 'wait', step, index }));
};

/** The position after the end of a task, with the context that the saga has then; absent: the task taught nothing. */
export const after = (saga: AnySaga, context: unknown, flow: Flow, task: Task, result: Result, learned?: unknown): Flow => {
  const isLast = task.does === 'send' && isPointOfNoReturn(stepNamed(saga, task.step));
  if (task.does === 'close' && result === 'not done') return settled(saga, context, { ...flow, way: 'back' });
  const isForth = task.does === 'send' || task.does === 'wait';
  if (isForth ? isLast && result === 'unknown' : result !== 'done') return { ...flow, waits: task };
  if (task.does === 'abort') return { ...flow, way: 'Aborted' };
  if (task.does === 'close') return { ...flow, way: 'Completed' };
  if (task.does === 'undo') return settled(saga, context, { ...flow, undone: [...flow.undone, keyOf(task)].toSorted() });
  const sent = { ...flow.sent, [keyOf(task)]: result };
  return settled(saga, context, { ...flow, sent, ...(learned === undefined ? {} : { context: learned }) });
};

/** The position after an operator's answer: try the task again, or go on without it. */
export const told = (saga: AnySaga, context: unknown, { waits, ...flow }: Flow, isAgain: boolean): Flow => {
  if (waits === undefined || isAgain) return flow;
  return after(saga, context, flow, waits, waits.does === 'send' ? 'not done' : 'done');
};

/** The next position that has tasks, or the end. */
const settled = (saga: AnySaga, context: unknown, flow: Flow): Flow => {
  if (tasksAt(saga, context, flow).length > 0) return flow;
  const { way, group, sent, rounds = {} } = flow;
  if (way === 'forth') {
    const tasks = (groupsOf(saga)[group] ?? []).flatMap((step) => tasksOf(saga, context, step, rounds));
    if (tasks.some((task) => sent[keyOf(task)] !== 'done')) return settled(saga, context, { ...flow, way: 'back' });
    return leaderOf(saga, group)?.repeat === undefined
      ? entered(saga, context, flow, groupAfter(saga, group))
      : roundAfter(saga, context, flow, tasks[0]?.index);
  }
  if (way === 'back') return settled(saga, context, group === 0 ? { ...flow, way: 'abort' } : { ...flow, group: group - 1 });
  return flow;
};

/** The position at the beginning of a group: a choice is made at once, and a step that is not needed is passed over. */
const entered = (saga: AnySaga, context: unknown, flow: Flow, group: number): Flow => {
  const leader = leaderOf(saga, group);
  if (leader === undefined) return { ...flow, way: isClosed(saga) ? 'close' : 'Completed' };
  const ask = (asks: Asked['asks']): string => wayOf(decide(saga, context, flow, { step: groupsOf(saga)[group]?.[0] ?? '', asks }));
  if (leader.choose !== undefined) return entered(saga, context, flow, groupAfter(saga, group, ask('choose')));
  if (leader.when !== undefined && ask('when') === 'no') return entered(saga, context, flow, groupAfter(saga, group));
  return leader.repeat === undefined
    ? settled(saga, context, { ...flow, group })
    : roundAfter(saga, context, { ...flow, group }, undefined);
};

/** The position at the next round of a step that repeats, or after its last one. */
const roundAfter = (saga: AnySaga, context: unknown, flow: Flow, round: number | undefined): Flow => {
  const step = groupsOf(saga)[flow.group]?.[0] ?? '';
  const answer = decide(saga, context, flow, { step, asks: 'repeat', round });
  if ('refused' in answer) return settled(saga, context, { ...flow, way: 'back' });
  if (wayOf(answer) === 'on') return entered(saga, context, flow, groupAfter(saga, flow.group));
  return settled(saga, context, { ...flow, rounds: { ...flow.rounds, [step]: round === undefined ? 0 : round + 1 } });
};

/** Times pass in no order in a walk, so no time is too far ahead. */
const now = new Date(8.64e15);
const decide = (saga: AnySaga, context: unknown, flow: Flow, asked: Omit<Asked, 'now'>) =>
  decided(saga, { context: flow.context ?? context } as SagaInput, { ...asked, now });
const wayOf = (answer: object): string => (answer as { readonly output: { readonly way: string } }).output.way;
