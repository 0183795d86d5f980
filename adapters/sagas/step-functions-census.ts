import { DescribeExecutionCommand, type ExecutionListItem, paginateListExecutions } from '@aws-sdk/client-sfn';
import { orUnavailable, pagesOrUnavailable } from '../aws/unavailable.ts';
import { machineOf, type StepFunctionsSagas } from './step-functions-sagas.ts';

/** The executions of one revision of a saga that still need its code. */
export interface Census {
  readonly revision: number;
  readonly running: number;
  /** They failed, timed out or were stopped, and an operator can continue them. */
  readonly stopped: number;
}

/** Step Functions redrives an execution within this time after its end. */
const daysToRedrive = 14;

/** Counts executions by the revision that is in their input, the oldest revision first. Reads each execution, so it takes a while. */
export const stepFunctionsCensus = ({ client, machines, now }: StepFunctionsSagas & { readonly now: () => Date }) => ({
  of: async (saga: string): Promise<readonly Census[]> => {
    const found = new Map<number, Census>();
    const oldest = now().getTime() - daysToRedrive * 24 * 3600 * 1000;
    const pages = paginateListExecutions({ client, pageSize: 1000 }, { stateMachineArn: machineOf(machines, saga) });
    for await (const { executions = [] } of pagesOrUnavailable(pages))
      for (const one of executions.filter(({ status, stopDate }) => status !== 'SUCCEEDED' && (stopDate?.getTime() ?? oldest) >= oldest)) {
        const revision = await revisionOf(client, one);
        const { running, stopped } = found.get(revision) ?? { running: 0, stopped: 0 };
        const isStopped = one.stopDate !== undefined;
        found.set(revision, { revision, running: running + (isStopped ? 0 : 1), stopped: stopped + (isStopped ? 1 : 0) });
      }
    return [...found.values()].sort((one, other) => one.revision - other.revision);
  },
});

const revisionOf = async (client: StepFunctionsSagas['client'], { executionArn }: ExecutionListItem): Promise<number> => {
  const { input = '{}' } = await orUnavailable(client.send(new DescribeExecutionCommand({ executionArn })));
  const { revision = 1 } = JSON.parse(input) as { readonly revision?: number };
  return revision;
};
