import type { AnySaga, AnyStep } from '../core/sagas/saga.ts';

// The tasks of a saga's state machine: what each asks the one function for, and what becomes of it when that fails.

export type State = Readonly<Record<string, unknown>> & { readonly Type: string };
export type States = Readonly<Record<string, State>>;
type Payload = Readonly<Record<string, unknown>>;

export interface Machine {
  readonly saga: AnySaga;
  /** The function that does the tasks. */
  readonly functionArn: string;
}

export const stepOf = ({ steps }: AnySaga, name: string): AnyStep => steps[name] as AnyStep;
export const isUndone = (saga: AnySaga, step: string): boolean => typeof stepOf(saga, step).undo === 'function';

/** The errors that say: nothing was done. */
export const answers = ['Refused', 'Aborted'];
export const anyError = ['States.ALL'];
/** The error that says that this try was refused: an earlier one may have been carried out, so it is not known. */
const refusedOnRetry = 'RefusedOnRetry';
/** An operator's: nobody waits for the answer any more, so it is not known. */
const givenUp = 'GivenUp';
/** Whose `Cause` is a reason of ours, in words, and short; that of any other is an error of a function with its stack. */
export const ownErrors = [...answers, refusedOnRetry, givenUp];

const tries = 8;
const minuteSeconds = 60;
/** Some months: who is to tell the operator has no other way. A try takes 3 of the 25,000 events that an execution may have, so one an hour. */
const triesToTell = 100_000;
const hourSeconds = 60 * minuteSeconds;

/** A second, then twice as long each time, up to a limit; each time some random part of it. What is said is not asked for again. */
const retry = (never: readonly string[], MaxAttempts = tries, MaxDelaySeconds = minuteSeconds) => [
  { ErrorEquals: never, MaxAttempts: 0 },
  { ErrorEquals: anyError, IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds, MaxAttempts, JitterStrategy: 'FULL' },
];

/** Where the execution has what an operator is to look at. */
const stuckPath = '$.stuck';
export const waitName = (state: string): string => `${state} waits for an operator`;
export const toOperator = (state: string) => ({ ErrorEquals: anyError, ResultPath: stuckPath, Next: waitName(state) });

/** The time that the function has for one task. */
export const functionSeconds = 30;
/** Twice as long: a function that has ended by then without an answer and without an error will not answer any more. */
const answerSeconds = 2 * functionSeconds;

/** Ends by an answer to its token. A function that ends with an error has not answered, and is asked again. */
const task = ({ saga, functionArn }: Machine, payload: Payload): State => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: {
    FunctionName: functionArn,
    Payload: {
      saga: saga.name,
      'execution.$': '$$.Execution.Name',
      'input.$': '$$.Execution.Input',
      'token.$': '$$.Task.Token',
      ...payload,
    },
  },
  ResultPath: null,
});

/** A step over a list is told by its map which item it is about. */
const indexOf = (saga: AnySaga, step: string): Payload =>
  stepOf(saga, step).forEach === undefined ? { index: 0 } : { 'index.$': '$.index' };

/**
 * How often the task was tried before: by its retrier, by an execution that was taken up again, by an operator. The whole of `State`,
 * because a path that an engine does not have is an error. The machine's data are the input, and `stuck` once there was an operator.
 */
const triesOf = (saga: AnySaga, step: string): Payload => ({
  'entered.$': '$$.State',
  'redrives.$': '$$.Execution.RedriveCount',
  ...(stepOf(saga, step).undo === undefined ? { 'input.$': '$' } : {}),
});

/** A command, and its answer. That there was none in time is no answer either. */
const commandTask = (machine: Machine, payload: Payload): State => ({
  ...task(machine, payload),
  TimeoutSeconds: answerSeconds,
  Retry: retry([...answers, refusedOnRetry]),
});

/** A step's command, and the wait for what it awaits. `then` says where it leads, and where its failures do. */
export const sendTask = (machine: Machine, step: string, then: object): State => {
  const { awaits, timeoutSeconds, to } = stepOf(machine.saga, step);
  const payload = { does: 'send', step, ...indexOf(machine.saga, step), ...triesOf(machine.saga, step) };
  const comment = `A command to ${to.name}`;
  if (awaits === undefined) return { Comment: comment, ...commandTask(machine, payload), ...then };
  return {
    Comment: `${comment}, then ${Object.keys(awaits).join(' or ')}`,
    ...task(machine, payload),
    TimeoutSeconds: timeoutSeconds,
    Retry: retry([...answers, refusedOnRetry, 'States.Timeout', givenUp]),
    ...then,
  };
};

interface Without {
  readonly Next: string;
  readonly ResultPath: string;
}

/** Waits until an operator has it tried again, by success, or gives it up, by the failure `GivenUp`. */
export const operatorTask = (machine: Machine, state: string, payload: Payload, without: Without): States => ({
  [waitName(state)]: {
    ...task(machine, { ...payload, does: 'wait', state, 'failed.$': stuckPath }),
    Retry: retry([givenUp], triesToTell, hourSeconds),
    Catch: [{ ErrorEquals: [givenUp], ...without }],
    Next: state,
  },
});

/** The command that undoes a step; `then` says where it leads, `without` where it leads if that is given up. */
export const undoTask = (machine: Machine, step: string, without: string, then: object): States => {
  const state = `Undo ${step}`;
  const payload = { step, ...indexOf(machine.saga, step) };
  return {
    [state]: { ...commandTask(machine, { does: 'undo', ...payload }), Catch: [toOperator(state)], ...then },
    ...operatorTask(machine, state, payload, { Next: without, ResultPath: '$.givenUp' }),
  };
};

/** The last command of a saga that came to nothing. */
export const abortTask = (machine: Machine, next: string): States => ({
  Abort: {
    Comment: `The last command, to ${machine.saga.onAbort.to.name}`,
    ...commandTask(machine, { does: 'abort', 'failed.$': '$.failed' }),
    Catch: [toOperator('Abort')],
    Next: next,
  },
  ...operatorTask(machine, 'Abort', {}, { Next: next, ResultPath: '$.givenUp' }),
});
