import { type AnySaga, type AnyStep, groupsOf } from '../core/saga.ts';

type State = Readonly<Record<string, unknown>> & { readonly Type: string };
type States = Readonly<Record<string, State>>;

/** A state machine in the Amazon States Language, as JSON. */
export interface Definition {
  readonly Comment?: string;
  readonly StartAt: string;
  readonly States: States;
}

/**
 * The state machine of a saga. A task is named for its step, so the graph is the process; each sends its work to one function:
 * `{ does, saga, step, index, execution, input, token?, failed? }`.
 * The machine's data are the execution's input; `failed`, why the saga came to nothing, by step; and `begun`, how each of those
 * that began together ended.
 */
export const sagaDefinition = (saga: AnySaga, functionArn: string): Definition => {
  const groups = groupsOf(saga);
  const tasks = tasksOf(saga, functionArn);
  const entries = groups.map(([first]) => groupName(saga, groups.find((group) => group[0] === first) as readonly string[]));
  /** Where the way back begins when everything up to this group is to be undone. */
  const back = (index: number): string => {
    const group = groups[index];
    if (group === undefined) return 'Abort';
    return group.some((step) => isUndone(saga, step)) ? undoName(saga, group) : back(index - 1);
  };
  const forth = groups.map((group, index) => {
    const ways = { next: entries[index + 1] ?? 'Completed', back: back(index), before: back(index - 1) };
    return group.length === 1 && saga.steps[group[0] as string]?.forEach === undefined
      ? tasks.alone(group[0] as string, ways)
      : tasks.together(group, ways);
  });
  const undone = groups.map((group, index) => (back(index) === undoName(saga, group) ? tasks.undo(group, back(index - 1)) : {}));
  const States = {
    ...Object.assign({}, ...forth),
    Completed: { Type: 'Succeed' },
    ...Object.assign({}, ...undone.toReversed()),
    ...tasks.abort(),
    Aborted: { Type: 'Succeed', Comment: 'It came to nothing, and nothing is left of it.' },
  };
  return { Comment: saga.name, StartAt: entries[0] as string, States };
};

interface Ways {
  readonly next: string;
  /** When it is not known whether the group was done. */
  readonly back: string;
  /** When it is known that it was not. */
  readonly before: string;
}

const stepOf = ({ steps }: AnySaga, name: string): AnyStep => steps[name] as AnyStep;
const isUndone = (saga: AnySaga, step: string): boolean => typeof stepOf(saga, step).undo === 'function';

const groupName = (saga: AnySaga, group: readonly string[]): string => {
  const list = stepOf(saga, group[0] as string).forEach;
  return list === undefined ? group.join(' and ') : `${group[0]} for each of ${list}`;
};
const undoName = (saga: AnySaga, group: readonly string[]): string =>
  `${group.length === 1 ? 'Undo' : 'Back from'} ${groupName(saga, group)}`;

/** The errors that say: nothing was done. */
const answers = ['Refused', 'Aborted'];

/** A second, then twice as long each time, up to a minute; each time some random part of it. */
const retry = (maxAttempts: number, never: readonly string[]) => [
  { ErrorEquals: never, MaxAttempts: 0 },
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    MaxAttempts: maxAttempts,
    JitterStrategy: 'FULL',
  },
];
const tries = 8;
/** Some months: who is to tell the operator has no other way. */
const triesToTell = 100_000;

const tasksOf = (saga: AnySaga, functionArn: string) => {
  const task = (payload: Readonly<Record<string, unknown>>, isWaiting: boolean): State => ({
    Type: 'Task',
    Resource: `arn:aws:states:::lambda:invoke${isWaiting ? '.waitForTaskToken' : ''}`,
    Parameters: {
      FunctionName: functionArn,
      Payload: {
        saga: saga.name,
        'execution.$': '$$.Execution.Name',
        'input.$': '$$.Execution.Input',
        ...payload,
        ...(isWaiting ? { 'token.$': '$$.Task.Token' } : {}),
      },
    },
    ResultPath: null,
  });
  /** Waits until an operator says `retry` by success, or `GivenUp` by failure. */
  const operator = (state: string, payload: Readonly<Record<string, unknown>>, givenUp: { Next: string; ResultPath: string }): States => ({
    [waitName(state)]: {
      ...task({ ...payload, does: 'wait', state, 'failed.$': '$.stuck' }, true),
      Retry: retry(triesToTell, ['GivenUp']),
      Catch: [{ ErrorEquals: ['GivenUp'], ...givenUp }],
      Next: state,
    },
  });
  const indexOf = (step: string) => (stepOf(saga, step).forEach === undefined ? { index: 0 } : { 'index.$': '$.index' });

  const send = (step: string, then: object): State => {
    const { awaits, timeoutSeconds, to } = stepOf(saga, step);
    return {
      Comment: `A command to ${to.name}${awaits === undefined ? '' : `, then ${Object.keys(awaits).join(' or ')}`}`,
      ...task({ does: 'send', step, ...indexOf(step) }, awaits !== undefined),
      ...(awaits === undefined ? {} : { TimeoutSeconds: timeoutSeconds }),
      Retry: retry(tries, awaits === undefined ? answers : [...answers, 'States.Timeout']),
      ...then,
    };
  };
  const undo = (step: string, givenUp: string, then: object): States => {
    const state = `Undo ${step}`;
    const payload = { step, ...indexOf(step) };
    return {
      [state]: {
        ...task({ does: 'undo', ...payload }, false),
        Retry: retry(tries, answers),
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.stuck', Next: waitName(state) }],
        ...then,
      },
      ...operator(state, payload, { Next: givenUp, ResultPath: '$.givenUp' }),
    };
  };

  return {
    /** A step by itself; the point of no return is one. */
    alone: (step: string, { next, back, before }: Ways): States => {
      const failed = { ResultPath: `$.failed.${step}` };
      const answered = { ErrorEquals: answers, ...failed, Next: before };
      if (stepOf(saga, step).undo !== undefined)
        return { [step]: send(step, { Catch: [answered, { ErrorEquals: ['States.ALL'], ...failed, Next: back }], Next: next }) };
      const stuck = { ErrorEquals: ['States.ALL'], ResultPath: '$.stuck', Next: waitName(step) };
      return {
        [step]: send(step, { Catch: [answered, stuck], Next: next }),
        ...operator(step, { step, index: 0 }, { Next: before, ...failed }),
      };
    },

    /** Steps that begin together, or one for each item of a list: each ends by itself, and then it is asked how. */
    together: (group: readonly string[], { next, back }: Ways): States => {
      const name = groupName(saga, group);
      const first = group[0] as string;
      const list = stepOf(saga, first).forEach;
      const machine = (step: string): Definition => {
        const ended = { Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: `$.failed.${step}`, Next: `${step} failed` }], End: true };
        return { StartAt: step, States: { [step]: send(step, ended), [`${step} failed`]: { Type: 'Succeed' } } };
      };
      const after = {
        // As a text, because a choice cannot look into a list: whoever has failed says so in a field.
        ResultSelector: { 'each.$': '$', 'text.$': 'States.JsonToString($)' },
        ResultPath: `$.begun.${first}`,
        Next: `${name}: all done?`,
      };
      const wasNotDone = { Variable: `$.begun.${first}.text`, StringMatches: '*"failed"*', Next: `${name}: not done` };
      return {
        [name]:
          list === undefined
            ? { Type: 'Parallel', Branches: group.map(machine), Parameters: {}, ...after }
            : { ...mapOver(`$.context.${list}`, machine(first)), ItemSelector: { 'index.$': '$$.Map.Item.Index' }, ...after },
        [`${name}: all done?`]: { Type: 'Choice', Choices: [wasNotDone], Default: next },
        [`${name}: not done`]: { Type: 'Pass', InputPath: `$.begun.${first}.each[*].failed`, ResultPath: '$.failed', Next: back },
      };
    },

    undo: (group: readonly string[], next: string): States => {
      const first = group[0] as string;
      const list = stepOf(saga, first).forEach;
      if (list === undefined && group.length === 1) return undo(first, next, { Next: next });
      /** Of those that began together: who has answered that nothing was done is left alone. */
      const machine = (step: string): Definition => {
        const asked = { Variable: `$.failed.${step}.Error`, IsPresent: true };
        const answered = { Or: answers.map((error) => ({ Variable: `$.failed.${step}.Error`, StringEquals: error })) };
        const rest = `${step} needs no undo`;
        return {
          StartAt: `Was ${step} done?`,
          States: {
            [`Was ${step} done?`]: { Type: 'Choice', Choices: [{ And: [asked, answered], Next: rest }], Default: `Undo ${step}` },
            ...undo(step, rest, { End: true }),
            [rest]: { Type: 'Succeed' },
          },
        };
      };
      const own = group.filter((step) => isUndone(saga, step));
      const each = `$.begun.${first}.each`;
      const branches = own.map((step) => {
        const { StartAt, States } = machine(step);
        const take = { Type: 'Pass', InputPath: `$[${group.indexOf(step)}]`, Next: StartAt };
        return { StartAt: `How ${step} ended`, States: { [`How ${step} ended`]: take, ...States } };
      });
      const state: State = list === undefined ? { Type: 'Parallel', InputPath: each, Branches: branches } : mapOver(each, machine(first));
      return { [undoName(saga, group)]: { ...state, ResultPath: null, Next: next } };
    },

    abort: (): States => ({
      Abort: {
        Comment: `The last command, to ${saga.onAbort.to.name}`,
        ...task({ does: 'abort', 'failed.$': '$.failed' }, false),
        Retry: retry(tries, answers),
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.stuck', Next: waitName('Abort') }],
        Next: 'Aborted',
      },
      ...operator('Abort', {}, { Next: 'Aborted', ResultPath: '$.givenUp' }),
    }),
  };
};

const waitName = (state: string): string => `${state} waits for an operator`;

const mapOver = (items: string, processor: Definition): State => ({
  Type: 'Map',
  ItemsPath: items,
  ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...processor },
});
