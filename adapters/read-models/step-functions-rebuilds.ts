import { createHash } from 'node:crypto';
import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Rebuild } from '../../core/rebuild/rebuild-steps.ts';
import type { Rebuilds } from '../../core/rebuild/steward.ts';
import { orUnavailable } from '../aws/unavailable.ts';

export interface StepFunctionsRebuilds {
  readonly client: SFNClient;
  readonly stateMachineArn: string;
}

/**
 * Runs rebuilds as executions of a state machine. The execution's name identifies the rebuild, so two starts run it once: while it runs,
 * Step Functions answers the second start like the first; after it has ended, Step Functions refuses the name for 90 days.
 */
export const stepFunctionsRebuilds = ({ client, stateMachineArn }: StepFunctionsRebuilds): Rebuilds => ({
  start: async (rebuild) => {
    const input = JSON.stringify(rebuild);
    try {
      await orUnavailable(client.send(new StartExecutionCommand({ stateMachineArn, name: executionName(rebuild), input })));
      return 'running';
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return 'ended';
      throw error;
    }
  },
});

/**
 * `order-summary-r2-5b1f0a37-attempt-1`. The digest is that of the table's name, so a table that was created again begins with a first
 * attempt of its own. A name has at most 80 characters, so a long projection name ends with its digest.
 */
export const executionName = ({ projection, revision, attempt, table = '' }: Rebuild): string => {
  const short = projection.length <= 40 ? projection : `${projection.slice(0, 23)}-${digestOf(projection, 16)}`;
  return `${short}-r${revision}-${digestOf(table, 8)}-attempt-${attempt}`;
};

const digestOf = (text: string, characters: number): string => createHash('sha256').update(text).digest('hex').slice(0, characters);
