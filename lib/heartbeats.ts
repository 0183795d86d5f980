import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { fiveMinutes, serviceAlarm } from './service-alarm.ts';
import type { ServiceApi } from './service-api.ts';

export interface HeartbeatsProps {
  /** Runs each minute while the API has requests. */
  readonly steward: Lambda;
  readonly api: ServiceApi;
  /** Each begins once a day while the steward runs. */
  readonly audit: StateMachine;
  readonly anchor: StateMachine;
}

const sixHours = Duration.hours(6);

/**
 * Alarms for what is silent when it fails: a schedule that is off, or that has lost a right. Silence alone proves nothing, because a stage
 * that was just made has no past. So each alarm compares a silence with something else that was heard at the same time.
 */
export class Heartbeats extends Construct {
  constructor(scope: Construct, id: string, { steward, api, audit, anchor }: HeartbeatsProps) {
    super(scope, id);
    serviceAlarm(this, 'The steward is missed', {
      says: 'The API has requests, and the steward, which runs each minute, did not run for a quarter of an hour.',
      metric: new MathExpression({
        expression: silentWhile,
        usingMetrics: {
          heard: api.metricCount({ statistic: Stats.SUM, period: fiveMinutes }),
          beats: steward.metricInvocations({ period: fiveMinutes }),
        },
        period: fiveMinutes,
      }),
      periods: 3,
    });
    const daily = (machine: StateMachine) => ({
      metric: new MathExpression({
        expression: silentWhile,
        usingMetrics: { heard: steward.metricInvocations({ period: sixHours }), beats: machine.metricStarted({ period: sixHours }) },
        period: sixHours,
      }),
      // A day, and half a day of grace.
      periods: 6,
    });
    serviceAlarm(this, 'The audit is missed', { says: 'The daily audit did not begin for a day and a half.', ...daily(audit) });
    serviceAlarm(this, 'The anchor is missed', { says: 'The daily anchor was not begun for a day and a half.', ...daily(anchor) });
  }
}

/** 1 in a period in which the one was heard and the other was not. A metric without data counts as 0 only by FILL. */
export const silentWhile = 'IF(FILL(heard, 0) > 0 AND FILL(beats, 0) < 1, 1, 0)';
