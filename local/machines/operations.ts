import { randomUUID } from 'node:crypto';
import type { Operation } from '../http/aws-json.ts';
import { ServiceError } from '../http/service-error.ts';
import { isTooLongText, maxDataBytes } from './data-limit.ts';
import type { Json } from './happening.ts';
import { historyOf } from './history.ts';
import type { Answer } from './journal.ts';
import type { Execution, Machine } from './machine.ts';

type Machines = ReadonlyMap<string, Machine>;

/** The operations of Step Functions that the functions and the tools use, by target. */
export const stepFunctions = (machines: Machines): ReadonlyMap<string, Operation> => {
  const operations: Readonly<Record<string, Operation>> = {
    StartExecution: start(machines),
    DescribeExecution: describe(machines),
    ListExecutions: list(machines),
    GetExecutionHistory: history(machines),
    StopExecution: stop(machines),
    RedriveExecution: redrive(machines),
    SendTaskSuccess: ({ taskToken, output }: { taskToken: string; output: string }) => {
      demandLength('output', output);
      return answer(machines, taskToken, { output: parsed(output, 'InvalidOutput') });
    },
    SendTaskFailure: ({ taskToken, error = 'States.TaskFailed', cause = '' }: { taskToken: string; error?: string; cause?: string }) =>
      answer(machines, taskToken, { error, cause }),
    SendTaskHeartbeat: heartbeat(machines),
  };
  return new Map(Object.entries(operations).map(([name, operation]) => [`AWSStepFunctions.${name}`, operation]));
};

interface StartInput {
  readonly stateMachineArn: string;
  readonly name?: string;
  readonly input?: string;
}

const nameRule = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

const start =
  (machines: Machines): Operation =>
  ({ stateMachineArn, name = randomUUID(), input = '{}' }: StartInput) => {
    if (!nameRule.test(name)) throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
    demandLength('input', input);
    const execution = machineOf(machines, stateMachineArn).start(name, parsed(input, 'InvalidExecutionInput'));
    if (execution === undefined) throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${name}'`);
    return { executionArn: execution.arn, startDate: seconds(execution.startedAt) };
  };

const demandLength = (field: string, text: string): void => {
  if (!isTooLongText(text)) return;
  const rule = `Member must have length less than or equal to ${maxDataBytes}`;
  throw new ServiceError('ValidationException', `1 validation error detected: Value at '${field}' failed to satisfy constraint: ${rule}`);
};

interface Named {
  readonly executionArn: string;
}

const describe =
  (machines: Machines): Operation =>
  ({ executionArn }: Named) => {
    const execution = executionOf(machines, executionArn);
    const { ending, input, redrives } = execution;
    const { error, cause } = ending ?? {};
    return {
      ...summary(execution),
      input: JSON.stringify(input),
      inputDetails: { included: true },
      redriveCount: redrives.length,
      ...(ending?.status === 'SUCCEEDED' ? { output: JSON.stringify(ending.output), outputDetails: { included: true } } : {}),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    };
  };

interface ListInput {
  readonly stateMachineArn: string;
  readonly statusFilter?: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

const list =
  (machines: Machines): Operation =>
  ({ stateMachineArn, statusFilter, ...page }: ListInput) => {
    const all = machineOf(machines, stateMachineArn).executions();
    const { items, ...next } = paged(
      all.filter(({ status }) => statusFilter === undefined || status === statusFilter),
      page,
      100,
    );
    return { executions: items.map(summary), ...next };
  };

interface HistoryInput extends Named {
  readonly maxResults?: number;
  readonly nextToken?: string;
  readonly reverseOrder?: boolean;
}

const history =
  (machines: Machines): Operation =>
  ({ executionArn, reverseOrder = false, ...page }: HistoryInput) => {
    const all = historyOf(executionOf(machines, executionArn));
    const { items, ...next } = paged(reverseOrder ? all.toReversed() : all, page, 100);
    return { events: items, ...next };
  };

const stop =
  (machines: Machines): Operation =>
  ({ executionArn, error, cause }: Named & { readonly error?: string; readonly cause?: string }) => {
    const { machineArn, name } = executionOf(machines, executionArn);
    machineOf(machines, machineArn).running(name)?.abort(error, cause);
    return { stopDate: seconds(executionOf(machines, executionArn).ending?.at ?? '') };
  };

const redrive =
  (machines: Machines): Operation =>
  ({ executionArn }: Named) => {
    const { machineArn, name } = executionOf(machines, executionArn);
    const redriven = machineOf(machines, machineArn).redrive(name);
    if (redriven === undefined)
      throw new ServiceError('ExecutionNotRedrivable', 'Execution is not redrivable: it is running, or has succeeded');
    return { redriveDate: seconds(redriven.redrives.at(-1) ?? '') };
  };

const answer = (machines: Machines, taskToken: string, answer: Answer): object => {
  const { running, place } = taskOf(machines, taskToken);
  if (!running?.answer(place, answer)) throw goneBy();
  return {};
};

const heartbeat =
  (machines: Machines): Operation =>
  ({ taskToken }: { readonly taskToken: string }) => {
    const { running, place } = taskOf(machines, taskToken);
    if (!running?.heartbeat(place)) throw goneBy();
    return {};
  };

const goneBy = () => new ServiceError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");

const taskOf = (machines: Machines, taskToken: string) => {
  const [executionArn = '', place = ''] = tokenParts(taskToken);
  const execution = findExecution(machines, executionArn);
  if (execution === undefined) throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  const running = machines.get(execution.machineArn)?.running(execution.name);
  // This lasts a moment after a start. The caller must try again, because the task still waits.
  if (running === undefined && execution.status === 'RUNNING') throw new Error('the execution is being taken up again');
  return { running, place };
};

const tokenParts = (taskToken: string): readonly string[] => {
  try {
    return JSON.parse(Buffer.from(taskToken, 'base64url').toString()) as readonly string[];
  } catch {
    return [];
  }
};

const machineOf = (machines: Machines, arn: string): Machine => {
  const machine = machines.get(arn);
  if (machine === undefined) throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return machine;
};

const findExecution = (machines: Machines, arn: string): Execution | undefined => {
  const [, machineArn = '', name = ''] = /^(.*):([^:]+)$/.exec(arn) ?? [];
  return machines.get(machineArn.replace(':execution:', ':stateMachine:'))?.execution(name);
};

const executionOf = (machines: Machines, arn: string): Execution => {
  const execution = findExecution(machines, arn);
  if (execution === undefined) throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
};

const summary = ({ arn, machineArn, name, status, startedAt, ending }: Execution) => ({
  executionArn: arn,
  stateMachineArn: machineArn,
  name,
  status,
  startDate: seconds(startedAt),
  ...(ending === undefined ? {} : { stopDate: seconds(ending.at) }),
});

const parsed = (text: string, errorName: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new ServiceError(errorName, `'${text.slice(0, 100)}' is not JSON`);
  }
};

const paged = <T>(
  all: readonly T[],
  { maxResults, nextToken }: { readonly maxResults?: number; readonly nextToken?: string },
  most: number,
) => {
  const from = Number(nextToken ?? 0);
  if (!Number.isInteger(from)) throw new ServiceError('InvalidToken', `Invalid Token: '${nextToken}'`);
  const size = maxResults || most;
  return { items: all.slice(from, from + size), ...(all.length > from + size ? { nextToken: String(from + size) } : {}) };
};

const seconds = (at: string): number => Date.parse(at) / 1000;
