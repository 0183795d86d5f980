import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { stageOf } from './stage.ts';

export interface ServiceAlarmProps {
  /** Who it is about, where others have an alarm of the same name. */
  readonly of?: string;
  readonly metric: IMetric;
  /** It rings above this, 0 where nothing is said. */
  readonly above?: number;
  /** For how many of the metric's periods in a row; 1 where nothing is said. */
  readonly periods?: number;
  /** What has happened when it rings, in a sentence; what to do then is in docs/operations.md, under the alarm's name. */
  readonly says: string;
}

/** What wakes somebody up, or nobody in a stage that nobody watches. `name` is also its heading in docs/operations.md. */
export const serviceAlarm = (scope: Construct, name: string, { of, metric, above = 0, periods = 1, says }: ServiceAlarmProps): void => {
  if (!stageOf(scope).isWatched) return;
  const alarm = new Alarm(scope, name.replaceAll(' ', ''), {
    alarmName: `${Stack.of(scope).stackName}: ${name}${of === undefined ? '' : ` (${of})`}`,
    alarmDescription: `${says} See docs/operations.md#${anchorOf(name)}`,
    metric,
    threshold: above,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: periods,
    // Nothing happened, so nothing is wrong.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(topicOf(Stack.of(scope))));
};

/** As a heading is linked to. */
const anchorOf = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');

/** One for the stack. Whoever is to know subscribes to it; `alarmEmail` does so at once. */
const topicOf = (stack: Stack): Topic => {
  const known = stack.node.tryFindChild('Alarms');
  if (known !== undefined) return known as Topic;
  const topic = new Topic(stack, 'Alarms', { enforceSSL: true });
  // With a policy of its own, as TLS alone needs one, a topic lets in whom that policy names, and no alarm.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  );
  const { alarmEmail } = stageOf(stack);
  if (alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(alarmEmail));
  new CfnOutput(stack, 'AlarmTopic', { value: topic.topicArn });
  return topic;
};

export const fiveMinutes = Duration.minutes(5);
