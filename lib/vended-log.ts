import { Aws, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { underOwnKey } from './own-key.ts';
import { stageOf } from './stage.ts';

/**
 * A log that a service of AWS writes to. Under `/aws/vendedlogs/` one line of the account's resource policy for logs covers all such logs.
 * Elsewhere each log needs a line of its own, and a few stages fill the policy. So the log has a fixed name. It is deleted with its
 * resource: a kept log would block its name for a later release that brings the resource back after a rollback or a removal.
 */
export const vendedLog = (scope: Construct, id: string, of: 'apis' | 'states'): LogGroup => {
  const stack = Stack.of(scope);
  const { logRetentionDays } = stageOf(scope);
  const path = scope.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id);
  const stackId = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  const log = new LogGroup(scope, id, {
    logGroupName: `/aws/vendedlogs/${of}/${[stack.stackName, ...path, id].join('-')}-${stackId}`,
    retention: logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  return underOwnKey(log);
};
