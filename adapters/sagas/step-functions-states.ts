import { DescribeExecutionCommand, ExecutionDoesNotExist } from '@aws-sdk/client-sfn';
import type { RunState } from '../../core/sagas/running/unique.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import { executionArnOf, executionName, machineOf, type StepFunctionsSagas } from './step-functions-sagas.ts';

/** Whether runs of sagas have begun and ended. */
export const stepFunctionsStates =
  ({ client, machines }: StepFunctionsSagas) =>
  async (saga: string, event: string): Promise<RunState> => {
    const executionArn = executionArnOf(machineOf(machines, saga), executionName(saga, event));
    try {
      const { status } = await orUnavailable(client.send(new DescribeExecutionCommand({ executionArn })));
      return status === 'SUCCEEDED' ? 'ended' : 'under way';
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return 'unknown';
      throw error;
    }
  };
