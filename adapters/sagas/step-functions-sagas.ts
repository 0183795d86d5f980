import { createHash } from 'node:crypto';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type HistoryEvent,
  InvalidToken,
  paginateGetExecutionHistory,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { NotFound } from '../../core/basics/errors.ts';
import { rowOf } from '../../core/basics/messages.ts';
import type { SagaInput, SagaStarts, SagaStops, SagaTaskAnswers, TaskAnswer } from '../../core/sagas/ports.ts';
import type { SagaExecution, SagaExecutions, SagaMoment } from '../../core/sagas/status.ts';
import { orUnavailable, pagesOrUnavailable } from '../aws/unavailable.ts';

export interface StepFunctionsSagas {
  readonly client: SFNClient;
  /** The ARN of each saga's state machine, by the name that the saga had first. */
  readonly machines: Readonly<Record<string, string>>;
}

/**
 * Starts sagas as executions. The name of an execution derives from the saga and the event, so a second start has no effect. Step Functions
 * knows a name for 90 days after the execution's end: an event that arrives after that starts the saga again, with the same command ids.
 */
export const stepFunctionsStarts = ({ client, machines }: StepFunctionsSagas): SagaStarts => ({
  start: async (saga, input) => {
    const name = executionName(saga, input.event);
    const command = new StartExecutionCommand({ stateMachineArn: machineOf(machines, saga), name, input: JSON.stringify(input) });
    try {
      await orUnavailable(client.send(command));
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  },
});

/** Answers tasks. A task that no longer waits was answered before or timed out, so its error is ignored. */
export const stepFunctionsExecutions = ({ client }: Pick<StepFunctionsSagas, 'client'>): SagaTaskAnswers => ({
  answer: async (taskToken, answer) => {
    if ('proceed' in answer) {
      const { output = {} } = answer;
      return unlessGone(client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })));
    }
    const [error, reason] = failureOf(answer);
    await unlessGone(client.send(new SendTaskFailureCommand({ taskToken, error, cause: inShort(reason) })));
  },
});

/** The errors that the state machines know: lib/saga-tasks.ts. */
const failureOf = (answer: Exclude<TaskAnswer, { readonly proceed: true }>): readonly [string, string] => {
  if ('abort' in answer) return ['Aborted', answer.abort];
  if ('unknown' in answer) return ['UnknownDefinition', answer.unknown];
  if ('late' in answer) return ['TimedOut', answer.late];
  if ('interrupted' in answer) return [answer.midway ? 'InterruptedMidway' : 'Interrupted', answer.interrupted];
  return [answer.onRetry ? 'RefusedOnRetry' : 'Refused', answer.refused];
};

/** Stops executions. An execution that has ended stays as it is. A stopped one can be redriven for 14 days. */
export const stepFunctionsStops = ({ client, machines }: StepFunctionsSagas): SagaStops => ({
  stop: async ({ saga, execution, why }) => {
    const executionArn = executionArnOf(machineOf(machines, saga), execution);
    try {
      await orUnavailable(client.send(new StopExecutionCommand({ executionArn, error: 'UnknownDefinition', cause: inShort(why) })));
    } catch (error) {
      if (!(error instanceof ExecutionDoesNotExist)) throw error;
    }
  },
});

/**
 * The bytes of a reason in JSON. An execution's data have 256 KB, and a list has 200 items. If each item fails, its reason is in the data
 * three times: twice as it is, and once in a JSON text that escapes it again.
 */
const maxReasonBytes = 200;

/** The reason, cut between two characters if it is too long. */
const inShort = (reason: string): string => {
  let bytes = 0;
  let short = '';
  for (const character of reason.toWellFormed()) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2; // Without the quotes around it.
    if (bytes > maxReasonBytes) break;
    short += character;
  }
  return short;
};

const unlessGone = async (sent: Promise<unknown>): Promise<void> => {
  try {
    await orUnavailable(sent);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
};

const isGone = (error: unknown): boolean => [TaskTimedOut, TaskDoesNotExist, InvalidToken].some((kind) => error instanceof kind);

/** The actions of an operator on a stuck saga. */
export const stepFunctionsOperator = ({ client, machines }: StepFunctionsSagas) => ({
  /** Repeats the task that failed. */
  retry: (taskToken: string) => unlessGone(client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))),
  /** Continues without the task that failed, or without the event that a step awaits. */
  giveUp: (taskToken: string) =>
    unlessGone(client.send(new SendTaskFailureCommand({ taskToken, error: 'GivenUp', cause: 'An operator has given it up.' }))),
  /** Continues a failed execution where it stopped. */
  takeUp: async (saga: string, name: string): Promise<void> => {
    const executionArn = executionArnOf(machineOf(machines, saga), name);
    await orUnavailable(client.send(new RedriveExecutionCommand({ executionArn })));
  },
});

/** Reads the status and history of executions. */
export const stepFunctionsLook = ({ client, machines }: StepFunctionsSagas): SagaExecutions => ({
  of: async (saga, eventId) => {
    const executionArn = executionArnOf(machineOf(machines, saga), executionName(saga, eventId));
    try {
      const described = await orUnavailable(client.send(new DescribeExecutionCommand({ executionArn })));
      const { status = 'RUNNING', startDate, stopDate, name = '', input = '{}', output, error, cause } = described;
      return {
        ...{ name, status: status as SagaExecution['status'], startedAt: (startDate ?? new Date(0)).toISOString() },
        input: JSON.parse(input) as SagaInput,
        ...(stopDate === undefined ? {} : { endedAt: stopDate.toISOString() }),
        ...(output === undefined ? {} : { output: JSON.parse(output) }),
        ...(error === undefined ? {} : { error: [error, cause].filter(Boolean).join(': ') }),
        moments: await momentsOf(client, executionArn),
      };
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  },
});

const momentsOf = async (client: SFNClient, executionArn: string): Promise<readonly SagaMoment[]> => {
  const moments: SagaMoment[] = [];
  const pages = paginateGetExecutionHistory({ client, pageSize: 1000 }, { executionArn });
  for await (const { events = [] } of pagesOrUnavailable(pages)) moments.push(...events.flatMap(toMoment));
  return moments;
};

const toMoment = ({ stateEnteredEventDetails: entered, stateExitedEventDetails: exited }: HistoryEvent): readonly SagaMoment[] => {
  if (entered?.name !== undefined) return [{ state: entered.name, is: 'entered' }];
  if (exited?.name !== undefined) return [{ state: exited.name, is: 'left', output: JSON.parse(exited.output ?? 'null') }];
  return [];
};

/** `fulfilment-4f2a…`. Step Functions allows 80 characters. */
export const executionName = (saga: string, eventId: string): string =>
  `${saga.slice(0, 40)}-${createHash('sha256').update(`${saga}\n${eventId}`).digest('hex').slice(0, 32)}`;

export const executionArnOf = (machineArn: string, name: string): string =>
  `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** @throws NotFound (`UnknownSaga`). */
export const machineOf = (machines: StepFunctionsSagas['machines'], saga: string): string => {
  const arn = rowOf(machines, saga);
  if (arn === undefined) throw new NotFound('UnknownSaga', `there is no saga '${saga}'`);
  return arn;
};
