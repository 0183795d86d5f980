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
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { NotFound } from '../../core/basics/errors.ts';
import { rowOf } from '../../core/basics/messages.ts';
import type { SagaInput, SagaStarts, SagaTaskAnswers } from '../../core/sagas/ports.ts';
import type { SagaExecution, SagaExecutions, SagaMoment } from '../../core/sagas/status.ts';
import { orUnavailable, pagesOrUnavailable } from '../aws/unavailable.ts';

export interface StepFunctionsSagas {
  readonly client: SFNClient;
  /** The ARN of each saga's state machine, by the saga's name. */
  readonly machines: Readonly<Record<string, string>>;
}

/**
 * Starts sagas as executions whose name says which saga and which event, so that two starts are one. Step Functions knows a name
 * for 90 days after the end: an event that comes again after that starts the saga once more, with commands of the same ids.
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

/** Answers tasks. Who waits no more was answered before, or has given up: both are as good as an answer. */
export const stepFunctionsExecutions = ({ client }: Pick<StepFunctionsSagas, 'client'>): SagaTaskAnswers => ({
  answer: async (taskToken, answer) => {
    if ('proceed' in answer) return unlessGone(client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' })));
    const [error, reason] = 'abort' in answer ? ['Aborted', answer.abort] : [answer.onRetry ? 'RefusedOnRetry' : 'Refused', answer.refused];
    await unlessGone(client.send(new SendTaskFailureCommand({ taskToken, error, cause: inShort(reason) })));
  },
});

/**
 * In JSON. An execution has 256 KB, a list has 200 items, and if each of them fails its reason is in the data three times: twice as it
 * is, and once in a text in JSON, where what was escaped is escaped again.
 */
const maxReasonBytes = 200;

/** Cut between two characters, where it is too long. */
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

/** What an operator can do about a saga that is stuck. */
export const stepFunctionsOperator = ({ client, machines }: StepFunctionsSagas) => ({
  /** Has the task that failed done again. */
  retry: (taskToken: string) => unlessGone(client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))),
  /** Goes on without the task that failed, or without the event that a step waits for. */
  giveUp: (taskToken: string) =>
    unlessGone(client.send(new SendTaskFailureCommand({ taskToken, error: 'GivenUp', cause: 'An operator has given it up.' }))),
  /** Takes an execution up again where it has failed. */
  takeUp: async (saga: string, name: string): Promise<void> => {
    const executionArn = executionArnOf(machineOf(machines, saga), name);
    await orUnavailable(client.send(new RedriveExecutionCommand({ executionArn })));
  },
});

/** Looks at executions. */
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

/** `fulfilment-4f2a…`: at most 80 characters, as a name may have. */
export const executionName = (saga: string, eventId: string): string =>
  `${saga.slice(0, 40)}-${createHash('sha256').update(`${saga}\n${eventId}`).digest('hex').slice(0, 32)}`;

export const executionArnOf = (machineArn: string, name: string): string =>
  `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

const machineOf = (machines: StepFunctionsSagas['machines'], saga: string): string => {
  const arn = rowOf(machines, saga);
  if (arn === undefined) throw new NotFound('UnknownSaga', `there is no saga '${saga}'`);
  return arn;
};
