import { Aws, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { stageOf } from './stage.ts';

/**
 * A log that a service of AWS writes to. Under `/aws/vendedlogs/` one line of the account's policy for logs is enough for all of them;
 * elsewhere each has a line of its own there, and a handful of stages fill it. So it has a name, and goes with what it is the log of: one
 * that was kept would have the name that the next release needs, when it brings back what was rolled back or taken out.
 */
export const vendedLog = (scope: Construct, id: string, of: 'apis' | 'states'): LogGroup => {
  const stack = Stack.of(scope);
  const { logRetentionDays } = stageOf(scope);
  const path = scope.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id);
  const stackId = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return new LogGroup(scope, id, {
    logGroupName: `/aws/vendedlogs/${of}/${[stack.stackName, ...path, id].join('-')}-${stackId}`,
    retention: logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
};
