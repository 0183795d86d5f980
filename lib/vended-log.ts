import { Aws, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { stageOf } from './stage.ts';

/**
 * A log that a service of AWS writes to. Under `/aws/vendedlogs/` one line of the account's policy for logs is enough for all of them;
 * elsewhere each has a line of its own there, and a handful of stages fill it. So it has a name, which ends with the stack's own id:
 * where the log is kept, a stack that is made again must not find the name taken.
 */
export const vendedLog = (scope: Construct, id: string, of: 'apis' | 'states'): LogGroup => {
  const stack = Stack.of(scope);
  const { keepsData, logRetentionDays } = stageOf(scope);
  const path = scope.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id);
  const stackId = Fn.select(2, Fn.split('/', Aws.STACK_ID));
  return new LogGroup(scope, id, {
    logGroupName: `/aws/vendedlogs/${of}/${[stack.stackName, ...path, id].join('-')}-${stackId}`,
    retention: logRetentionDays,
    removalPolicy: keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
};
