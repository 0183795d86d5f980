import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

/**
 * Reminds a function each minute to bring the streams up to date that waited for its code. It also needs the right to list them:
 * `grantListWaiting`. Most streams need no reminder, because their next event has the same effect.
 */
export const wakeEachMinute = (scope: Construct, handler: ServiceFunction): void => {
  new Rule(scope, 'Wakes', {
    schedule: Schedule.rate(Duration.minutes(1)),
    // No retries: the next minute is soon enough.
    targets: [new LambdaFunction(handler, { retryAttempts: 0, event: RuleTargetInput.fromObject({ Records: [], wake: true }) })],
  });
};
