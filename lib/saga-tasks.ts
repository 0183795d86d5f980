import { isInterruptible } from '../core/sagas/interruption.ts';
import { learnsAnywhere, learnsIn } from '../core/sagas/order.ts';
import { type AnySaga, type AnyStep, lateState, revisionOf } from '../core/sagas/saga.ts';
import type { Patience, SagaPatience } from './saga-patience.ts';

// The tasks of a saga's state machine: what each one requests from the function, and where its failures lead.

export type State = Readonly<Record<string, unknown>> & { readonly Type: string };
export type States = Readonly<Record<string, State>>;
type Payload = Readonly<Record<string, unknown>>;

export interface Machine {
  readonly saga: AnySaga;
  /** The function that does the tasks. */
  readonly functionArn: string;
  /** `aws`, or that of China or of GovCloud. */
  readonly partition: string;
  readonly patience: SagaPatience;
  /** The greatest length of each list that has a step. */
  readonly mostItems: Readonly<Record<string, number>>;
}

export const stepOf = ({ steps }: AnySaga, name: string): AnyStep => steps[name] as AnyStep;
export const isUndone = (saga: AnySaga, step: string): boolean => typeof stepOf(saga, step).undo === 'function';

/** The errors that prove that the step was not done. */
export const answers = ['Refused', 'Aborted'];
export const anyError = ['States.ALL'];
/** The error of a step that an event interrupted before it acted, and that of a step which acted or may have acted. */
const [interrupted, interruptedMidway] = ['Interrupted', 'InterruptedMidway'] as const;
/** The errors that prove it, with that of a saga that events may interrupt. */
export const answersIn = (saga: AnySaga): readonly string[] => (isInterruptible(saga) ? [...answers, interrupted] : answers);
/** All errors of steps that such a saga has besides. */
const interruptionsIn = (saga: AnySaga): readonly string[] => (isInterruptible(saga) ? [interrupted, interruptedMidway] : []);
/** The error of a later try that was refused. An earlier try may have been carried out, so it is not known whether the step was done. */
const refusedOnRetry = 'RefusedOnRetry';
/** The error that an operator sends. The saga no longer waits for the answer, so it is not known whether the step was done. */
const givenUp = 'GivenUp';
/**
 * The error of a task that the running code does not know. It says nothing about the step. The saga waits for an operator, who has the task
 * tried again after code that knows it is deployed.
 */
export const unknownDefinition = 'UnknownDefinition';
/** The errors whose `Cause` is a short reason in words. The `Cause` of any other error is a function's error with its stack trace. */
export const ownErrorsIn = (saga: AnySaga): readonly string[] => [...answers, refusedOnRetry, givenUp, ...interruptionsIn(saga)];

/** The errors in `never` are answers: no retry follows. Every other error may pass, so nothing is undone for a day. */
const retry = (never: readonly string[], patience: Patience) => [
  { ErrorEquals: never, MaxAttempts: 0 },
  { ErrorEquals: anyError, IntervalSeconds: 1, ...patience },
];

/** A task of an operator is told for months, once an hour in the end, because there is no other way. */
const untilItIsTold = [
  { ErrorEquals: [givenUp], MaxAttempts: 0 },
  { ErrorEquals: anyError, IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds: 3600, MaxAttempts: 100_000, JitterStrategy: 'FULL' },
];

/** A list has up to 200 items, and their tasks share the 25,000 events of the history. */
const patienceOf = ({ saga, patience }: Machine, step: string): Patience => {
  const { forEach, repeat } = stepOf(saga, step);
  return forEach === undefined && repeat === undefined ? patience.alone : patience.ofItem;
};

/** The path of the error that an operator must look at. Of a step it stays in the data: the next try is not the first one. */
const stuckPath = (step?: string): string => (step === undefined ? '$.stuck' : `$.stuck.${step}`);
export const waitName = (state: string): string => `${state} waits for an operator`;
const caught = (ErrorEquals: readonly string[], state: string, step?: string) => ({
  ErrorEquals,
  ResultPath: stuckPath(step),
  Next: waitName(state),
});
/** A step whose outcome is unknown, and that cannot be undone. */
export const failedToOperator = (step: string) => caught(anyError, step, step);
/** A step that the running code does not know. */
export const unknownToOperator = (step: string) => caught([unknownDefinition], step, step);
const toOperator = (state: string) => caught(anyError, state);

/** The time that the function has for one task. */
export const functionSeconds = 30;
/** Twice the function's timeout: a function that has sent neither an answer nor an error by then never will. */
const answerSeconds = 2 * functionSeconds;

/** A task that ends when its token is answered. If the function ends with an error, it has not answered, and the task is tried again. */
const task = ({ saga, functionArn, partition }: Machine, payload: Payload): State => ({
  Type: 'Task',
  Resource: `arn:${partition}:states:::lambda:invoke.waitForTaskToken`,
  Parameters: {
    FunctionName: functionArn,
    Payload: {
      saga: saga.name,
      // It also shows the function that this machine knows the error of an unknown task. Machines of earlier releases do not pass it.
      revision: revisionOf(saga),
      'execution.$': '$$.Execution.Name',
      'input.$': '$$.Execution.Input',
      'token.$': '$$.Task.Token',
      ...payload,
    },
  },
  ResultPath: null,
});

/** The index of the item, which a step over a list gets from its map, or of the round of a step that repeats. */
const indexOf = (saga: AnySaga, step: string): Payload => {
  const { forEach, repeat } = stepOf(saga, step);
  if (repeat !== undefined) return { 'index.$': `$.ways.${step}.repeat.round` };
  return forEach === undefined ? { index: 0 } : { 'index.$': '$.index' };
};

/** The data of a task that begins alone, in a saga whose context changes: the context is not that of the execution's input. */
const contextNow = (saga: AnySaga): Payload => (learnsAnywhere(saga) ? { 'input.$': '$' } : {});

/** Where the machine keeps what a step learns. */
const kept = (saga: AnySaga, step: string): object => (learnsIn(stepOf(saga, step)) ? { ResultPath: '$.context' } : {});

/**
 * What shows that the task was tried before: by its retrier, by an execution that was taken up again, or by an operator. The payload has
 * the whole of `State` and of the data, because a path that an engine or the data do not have is an error. The data of a step that begins
 * alone are the input, and `stuck` after an operator; a step that begins with others has data of its own.
 */
const triesOf = (isAlone: boolean): Payload => ({
  'entered.$': '$$.State',
  'redrives.$': '$$.Execution.RedriveCount',
  [isAlone ? 'input.$' : 'told.$']: '$',
});

/** The errors that no retry can change. */
const final = [...answers, refusedOnRetry, unknownDefinition];
const finalIn = (saga: AnySaga): readonly string[] => [...final, ...interruptionsIn(saga)];

/** A command and its answer. A timeout is not an answer, so it is retried. */
const commandTask = (machine: Machine, payload: Payload, patience: Patience): State => ({
  ...task(machine, payload),
  TimeoutSeconds: answerSeconds,
  Retry: retry(finalIn(machine.saga), patience),
});

/** Shows the function that this machine knows the errors of interruptions. */
const interruptible = (saga: AnySaga): Payload => (isInterruptible(saga) ? { isInterruptible: true } : {});

interface Sending {
  /** Whether the step begins without others. */
  readonly isAlone: boolean;
  /** The next states, those after a failure too. */
  readonly ends: object;
}

/** A step's command, and the wait for the events that it awaits. */
export const sendTask = (machine: Machine, step: string, { isAlone, ends }: Sending): State => {
  const { awaits, timeoutSeconds, to, send } = stepOf(machine.saga, step);
  const payload = { does: 'send', step, ...indexOf(machine.saga, step), ...interruptible(machine.saga), ...triesOf(isAlone) };
  const comment = `A command to ${to?.name}`;
  const patience = patienceOf(machine, step);
  if (awaits === undefined) return { Comment: comment, ...commandTask(machine, payload, patience), ...kept(machine.saga, step), ...ends };
  const events = Object.keys(awaits).join(' or ');
  return {
    Comment: send === undefined ? `Waits for ${events} of ${to?.name}` : `${comment}, then ${events}`,
    ...task(machine, payload),
    ...kept(machine.saga, step),
    TimeoutSeconds: timeoutSeconds,
    Retry: retry([...finalIn(machine.saga), 'States.Timeout', givenUp], patience),
    ...ends,
  };
};

/** The error of a step whose time is up, and whose answer is not in the log. */
const timedOut = 'TimedOut';
/** The errors of such a look whose `Cause` is a short reason. */
export const lateErrors = [...answers, timedOut];

/** The time of a step that waits is up. The answer may be in the log all the same, so the saga looks before it goes back. */
export const lateTo = (step: string) => ({ ErrorEquals: ['States.Timeout'], ResultPath: null, Next: lateState(step) });

/** Looks for the answer of a step that waits for events. Empty for any other step. */
export const lateTask = (machine: Machine, step: string, ends: object): States => {
  if (stepOf(machine.saga, step).awaits === undefined) return {};
  const payload = { does: 'look', step, ...indexOf(machine.saga, step), ...contextNow(machine.saga) };
  return {
    [lateState(step)]: {
      Comment: 'The time is up: is the answer in the log?',
      ...task(machine, payload),
      ...kept(machine.saga, step),
      TimeoutSeconds: answerSeconds,
      Retry: retry([...final, timedOut], patienceOf(machine, step)),
      ...ends,
    },
  };
};

interface Without {
  readonly Next: string;
  readonly ResultPath: string;
}

/** Waits for an operator, who retries the task (success) or gives it up (the failure `GivenUp`). */
const waiting = (machine: Machine, state: string, payload: Payload, without: Without): State => ({
  ...task(machine, { ...payload, does: 'wait', state }),
  Retry: untilItIsTold,
  Catch: [{ ErrorEquals: [givenUp], ...without }],
  Next: state,
});

const operatorTask = (machine: Machine, state: string, payload: Payload, without: Without): States => ({
  [waitName(state)]: waiting(machine, state, { ...payload, 'failed.$': stuckPath() }, without),
});

/** The same for a step. In place of the error its data keep the empty answer, so that they stay small. */
export const stepOperatorTask = (machine: Machine, step: string, without: Without): States => {
  const payload = { step, ...indexOf(machine.saga, step), 'failed.$': stuckPath(step) };
  return { [waitName(step)]: { ...waiting(machine, step, payload, without), ResultPath: stuckPath(step) } };
};

interface Decision {
  readonly state: string;
  readonly step: string;
  /** The next state if the answer is a refusal, or if an operator gives the question up. */
  readonly before: string;
}

/** Asks the function for a decision. */
export const decideTask = (machine: Machine, payload: Payload, { state, step, before }: Decision): State => ({
  ...commandTask(machine, { does: 'decide', step, 'input.$': '$', ...payload }, patienceOf(machine, step)),
  Catch: [{ ErrorEquals: answers, ResultPath: `$.failed.${step}`, Next: before }, caught(anyError, state, step)],
});

export const operatorOfDecision = (machine: Machine, { state, step, before }: Decision): States => {
  const payload = { step, 'failed.$': stuckPath(step) };
  const without = { Next: before, ResultPath: `$.failed.${step}` };
  return { [waitName(state)]: { ...waiting(machine, state, payload, without), ResultPath: stuckPath(step) } };
};

interface Undoing {
  /** Whether the step began without others. */
  readonly isAlone: boolean;
  /** The next state if an operator gives the command up. */
  readonly without: string;
  /** The next state, if there is one. */
  readonly ends: object;
}

/** The command that undoes a step. */
export const undoTask = (machine: Machine, step: string, { isAlone, without, ends }: Undoing): States => {
  const state = `Undo ${step}`;
  const payload = { step, ...indexOf(machine.saga, step) };
  const task = commandTask(machine, { does: 'undo', ...payload, ...triesOf(isAlone) }, patienceOf(machine, step));
  return {
    [state]: { ...task, Catch: [toOperator(state)], ...ends },
    ...operatorTask(machine, state, payload, { Next: without, ResultPath: '$.givenUp' }),
  };
};

/** The last look for an interruption, where the last step can be undone: the saga is over then, or it goes back. */
export const closeTask = (machine: Machine, { next, back }: { readonly next: string; readonly back: string }): States => ({
  [closeState]: {
    Comment: 'All steps are done. Has an event interrupted the saga meanwhile?',
    ...commandTask(machine, { does: 'close', ...interruptible(machine.saga), ...triesOf(true) }, machine.patience.alone),
    Catch: [{ ErrorEquals: [interrupted], ResultPath: '$.failed.close', Next: back }, toOperator(closeState)],
    Next: next,
  },
  ...operatorTask(machine, closeState, {}, { Next: next, ResultPath: '$.givenUp' }),
});
export const closeState = 'Interrupted meanwhile?';

/** The last command of an aborted saga. */
export const abortTask = (machine: Machine, next: string): States => ({
  Abort: {
    Comment: `The last command, to ${machine.saga.onAbort.to.name}`,
    // The data have the reasons, too.
    ...commandTask(
      machine,
      learnsAnywhere(machine.saga) ? { does: 'abort', 'input.$': '$' } : { does: 'abort', 'failed.$': '$.failed' },
      machine.patience.alone,
    ),
    Catch: [toOperator('Abort')],
    Next: next,
  },
  ...operatorTask(machine, 'Abort', {}, { Next: next, ResultPath: '$.givenUp' }),
});
