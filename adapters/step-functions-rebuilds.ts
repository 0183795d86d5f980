import { createHash } from 'node:crypto';
import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Rebuild } from '../core/rebuild-steps.ts';
import type { Rebuilds } from '../core/steward.ts';
import { orUnavailable } from './unavailable.ts';

export interface StepFunctionsRebuilds {
  readonly client: SFNClient;
  readonly stateMachineArn: string;
}

/**
 * Rebuilds as executions of a state machine. The name says what is rebuilt, so that two starts are one: while it runs, the
 * second is answered like the first; once it has ended, Step Functions refuses the name for 90 days.
 */
export const stepFunctionsRebuilds = ({ client, stateMachineArn }: StepFunctionsRebuilds): Rebuilds => ({
  start: async ({ projection, revision, attempt }) => {
    const input = JSON.stringify({ projection, revision, attempt });
    try {
      await orUnavailable(
        client.send(new StartExecutionCommand({ stateMachineArn, name: executionName({ projection, revision, attempt }), input })),
      );
      return 'running';
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return 'ended';
      throw error;
    }
  },
});

/** `order-summary-r2-attempt-1`. A name takes 80 characters, so a long one is told apart by its digest. */
export const executionName = ({ projection, revision, attempt }: Rebuild): string => {
  const short =
    projection.length <= 50
      ? projection
      : `${projection.slice(0, 33)}-${createHash('sha256').update(projection).digest('hex').slice(0, 16)}`;
  return `${short}-r${revision}-attempt-${attempt}`;
};
