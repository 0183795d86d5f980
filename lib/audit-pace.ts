import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { serviceAlarm } from './service-alarm.ts';
import { stageOf } from './stage.ts';

/** Sets `AUDIT_UNITS_PER_SECOND`, for a function that reads the whole log each day. */
export const atPace = (reader: Lambda): void => {
  reader.addEnvironment('AUDIT_UNITS_PER_SECOND', String(stageOf(reader).auditUnitsPerSecond));
};

/** The longest time of such an execution. The next one begins four hours later. */
export const longestRun = Duration.hours(20);

/** A log grows slowly, so there are weeks between this time and the longest one. */
const slowRun = Duration.hours(12);

/** Adds an alarm that rings long before the executions are too long for a day. */
export const soundIfSlow = (
  scope: Construct,
  name: string,
  { says, machine }: { readonly says: string; readonly machine: StateMachine },
): void =>
  serviceAlarm(scope, name, {
    says,
    metric: machine.metricTime({ statistic: Stats.MAXIMUM, period: Duration.days(1) }),
    above: slowRun.toMilliseconds(),
  });
