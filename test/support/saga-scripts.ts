import { isInterruptible } from '../../core/sagas/interruption.ts';
import { isPointOfNoReturn } from '../../core/sagas/order.ts';
import { stepNamed } from '../../core/sagas/running/definition.ts';
import type { AnySaga } from '../../core/sagas/saga.ts';
import { after, begin, type Flow, idOf, type Result, type Task, tasksAt, told } from '../../core/testing/saga-flow.ts';

/** How a task ends when it is asked once more: as its function says, or the event that it waits for, or nobody. */
export type Ending =
  | 'done'
  | 'Refused'
  | 'RefusedOnRetry'
  | 'UnknownDefinition'
  | 'Aborted'
  | 'Interrupted'
  | 'InterruptedMidway'
  | 'States.Timeout'
  | 'failed'
  | 'unanswered'
  | 'again'
  | 'GivenUp';

/** One way through a saga: how each task ends, time after time, and what is to be seen of it then. */
export interface Script {
  readonly endings: Readonly<Record<string, readonly Ending[]>>;
  /** The tasks of each stage, in any order within a stage. */
  readonly stages: readonly (readonly string[])[];
  readonly end: 'Completed' | 'Aborted';
}

/** Every way, as long as no more than `maxCalls` things need an operator on it. */
export const scriptsOf = (saga: AnySaga, context: unknown, maxCalls: number, taught: Taught = () => undefined): readonly Script[] => {
  const scripts: Script[] = [];
  const go = (flow: Flow, so: readonly Turn[], calls: number): void => {
    if (flow.way === 'Completed' || flow.way === 'Aborted') return void scripts.push(scriptOf(so, flow.way));
    const stage = `${flow.way}${flow.group}`;
    if (flow.waits !== undefined) {
      const id = `${idOf(flow.waits)} waits for an operator`;
      go(told(saga, context, flow, true), [...so, { stage, id, ending: 'again' }], calls);
      go(told(saga, context, flow, false), [...so, { stage, id, ending: 'GivenUp' }], calls);
      return;
    }
    const task = tasksAt(saga, context, flow)[0] as Task;
    if (task.does === 'wait') {
      go(after(saga, context, flow, task, 'done'), so, calls);
      return;
    }
    for (const [ending, result] of endingsOf(saga, task)) {
      const learned = task.does === 'send' && result === 'done' ? taught(task.step, flow.context ?? context) : undefined;
      const to = after(saga, context, flow, task, result, learned);
      const isCalled = to.waits !== undefined;
      if (!isCalled || calls < maxCalls) go(to, [...so, { stage, id: idOf(task), ending }], calls + (isCalled ? 1 : 0));
    }
  };
  go(begin(saga, context), [], 0);
  return scripts;
};

/** The context after a step that learns. */
export type Taught = (step: string, context: unknown) => unknown;

interface Turn {
  readonly stage: string;
  readonly id: string;
  readonly ending: Ending;
}

const endingsOf = (saga: AnySaga, { does, step }: Task): readonly (readonly [Ending, Result])[] => {
  const sure = [
    ['done', 'done'],
    ['Refused', 'not done'],
    ['failed', 'unknown'],
  ] as const;
  if (does === 'close')
    return [
      ['done', 'done'],
      ['Interrupted', 'not done'],
      ['unanswered', 'unknown'],
    ];
  if (does !== 'send') return [...sure, ['unanswered', 'unknown']];
  const doubted = ['RefusedOnRetry', 'unknown'] as const;
  if (isInterruptible(saga)) {
    const isLast = isPointOfNoReturn(stepNamed(saga, step));
    return [...sure, ['Interrupted', 'not done'], ...(isLast ? [] : ([['InterruptedMidway', 'unknown']] as const))];
  }
  if (stepNamed(saga, step).awaits === undefined) return [...sure, doubted, ['unanswered', 'unknown']];
  return [...sure, doubted, ['Aborted', 'not done'], ['States.Timeout', 'unknown'], ['GivenUp', 'unknown']];
};

const scriptOf = (turns: readonly Turn[], end: Script['end']): Script => {
  const endings: Record<string, Ending[]> = {};
  const stages: string[][] = [];
  for (const [index, { id, ending, stage }] of turns.entries()) {
    endings[id] = [...(endings[id] ?? []), ending];
    if (turns[index - 1]?.stage !== stage) stages.push([]);
    stages.at(-1)?.push(id);
  }
  return { endings, stages: stages.map((ids) => ids.toSorted()), end };
};
