import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll } from '@jest/globals';
import type { Task } from '../../local/machines/definition.ts';
import type { Json } from '../../local/machines/happening.ts';
import { type Interpreter, loadInterpreter } from '../../local/machines/interpreter.ts';
import type { Answer } from '../../local/machines/journal.ts';
import { createMachine, type Machine } from '../../local/machines/machine.ts';

/** Of one test file. */
export let work: string;
let interpreter: Interpreter;
const running: Machine[] = [];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'machines-'));
  interpreter = await loadInterpreter();
});
afterAll(async () => {
  for (const machine of running) await machine.suspend();
  await rm(work, { recursive: true, force: true });
});

export type Do = (state: string, input: Json) => Answer | Promise<Answer>;

export const echo: Do = (_, input) => ({ output: input });

export interface Options {
  readonly does?: Do;
  readonly timeScale?: number;
  readonly folder?: string;
  /** Known to be: to validate takes a while. */
  readonly isValid?: boolean;
}

export const machineOf = async (definition: object, { does = echo, timeScale = 0.001, folder, isValid = true }: Options = {}) => {
  const calls: [state: string, input: Json][] = [];
  const place = folder ?? (await mkdtemp(join(work, 'executions-')));
  const machine = createMachine({
    arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:small',
    name: 'small',
    definition: definition as never,
    folder: place,
    interpreter: isValid ? { ...interpreter, validate: () => {} } : interpreter,
    invoke: async ({ state }: Task, input: Json) => {
      calls.push([state, input]);
      return does(state, input);
    },
    timeScale,
    onFailure: () => {},
  });
  running.push(machine);
  const ended = async (name: string) => {
    while (machine.execution(name)?.status === 'RUNNING') await setTimeout(1);
    return machine.execution(name);
  };
  const run = async (input: Json, name = 'one') => {
    machine.start(name, input);
    return ended(name);
  };
  return { machine, calls, run, ended, folder: place };
};

const lambda = 'arn:aws:lambda:us-east-1:000000000000:function:one';
export const task = (more: object) => ({ Type: 'Task', Resource: lambda, ...more });
export const patiently = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: 'FULL' }];

/** One of everything, in loops and branches. */
export const everything = {
  StartAt: 'Plan',
  States: {
    Plan: task({ ResultPath: '$.plan', Retry: patiently, Next: 'Pause' }),
    Pause: { Type: 'Wait', Seconds: 5, Next: 'Each' },
    Each: {
      Type: 'Map',
      ItemsPath: '$.plan.items',
      ItemSelector: { 'item.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'from.$': '$$.Execution.Input.from' },
      ItemProcessor: {
        StartAt: 'Step',
        States: {
          Step: task({ ResultPath: '$.step', Retry: patiently, Next: 'Enough?' }),
          'Enough?': { Type: 'Choice', Choices: [{ Variable: '$.step.done', BooleanEquals: true, Next: 'Done' }], Default: 'Step' },
          Done: { Type: 'Pass', Parameters: { 'item.$': '$.item', 'began.$': '$$.Execution.Input.from' }, End: true },
        },
      },
      ResultPath: '$.each',
      Next: 'Both',
    },
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Left', States: { Left: task({ End: true }) } },
        {
          StartAt: 'Right',
          States: {
            Right: task({ Catch: [{ ErrorEquals: ['Refused'], ResultPath: '$.why', Next: 'Undo' }], End: true }),
            Undo: task({ Parameters: { 'because.$': '$.why.Error' }, End: true }),
          },
        },
      ],
      ResultSelector: { 'undone.$': '$[1].because' },
      ResultPath: '$.both',
      OutputPath: '$.both',
      End: true,
    },
  },
};

/** Fails each state once, refuses the right branch, and ends each loop after two rounds. */
export const eventful = (): Do => {
  const times = new Map<string, number>();
  return (state, input): Answer => {
    const { index = '' } = input as { index?: number };
    const count = (times.get(`${state}${index}`) ?? 0) + 1;
    times.set(`${state}${index}`, count);
    if (state === 'Right') return { error: 'Refused', cause: 'no' };
    if (state === 'Undo' || state === 'Left') return { output: input };
    if (count === 1) return { error: 'Throttled', cause: 'later' };
    return { output: state === 'Plan' ? { items: ['a', 'b', 'c'] } : { done: count >= 3 } };
  };
};
