import { CfnOutput, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { underOwnKey } from './own-key.ts';
import { stageOf } from './stage.ts';

export interface ServiceAlarmProps {
  /** The construct id, if the alarm had another name before: an id is a contract. Otherwise the id is the name without its spaces. */
  readonly id?: string;
  /** The resource that the alarm is about. Required if other resources have an alarm of the same name. */
  readonly of?: string;
  readonly metric: IMetric;
  /** The alarm rings above this value. Default: 0. */
  readonly above?: number;
  /** The number of the metric's last periods that are looked at. Default: 1. */
  readonly periods?: number;
  /** The number of these periods that must be above the value. Default: all of them. */
  readonly periodsAbove?: number;
  /** What has happened when the alarm rings, in a sentence. docs/operations.md says what to do, under the alarm's name. */
  readonly says: string;
}

/** Adds an alarm that goes to the topic of the stack. Does not add it in a stage that is not watched. `name` is its heading in docs/operations.md. */
export const serviceAlarm = (scope: Construct, name: string, props: ServiceAlarmProps): void => {
  if (!stageOf(scope).isWatched) return;
  const { id = name.replaceAll(' ', ''), of, metric, above = 0, periods = 1, periodsAbove = periods, says } = props;
  const stack = Stack.of(scope);
  const apart = stack.node.tryFindChild(alarmStack) as NestedStack | undefined;
  const pathInStack = scope.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id);
  const alarm = new Alarm(apart ?? scope, apart === undefined ? id : [...pathInStack, id].join('-'), {
    // An alarm that moves to the other stack needs another name: the new one is made before the old one is deleted.
    alarmName: `${stack.stackName}${apart === undefined ? ':' : ' /'} ${name}${of === undefined ? '' : ` (${of})`}`,
    alarmDescription: `${says} See docs/operations.md#${anchorOf(name)}`,
    metric,
    threshold: above,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: periods,
    ...(periodsAbove === periods ? {} : { datapointsToAlarm: periodsAbove }),
    // A metric without data counts as healthy: no event happened.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(topicOf(stack)));
};

const alarmStack = 'AlarmStack';

/**
 * Puts all alarms of a stack into a nested stack, because a stack has 500 resources at most. Call it before the first alarm is added. It
 * does nothing in a stage that is not watched.
 */
export const keepAlarmsApart = (stack: Stack): void => {
  if (stageOf(stack).isWatched) new NestedStack(stack, alarmStack, { description: `The alarms of ${stack.stackName}` });
};

/** The anchor of a heading in Markdown. */
const anchorOf = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');

/** The stack's topic of alarms. `alarmEmail` subscribes an address; other recipients subscribe themselves. */
const topicOf = (stack: Stack): Topic => {
  const known = stack.node.tryFindChild('Alarms');
  if (known !== undefined) return known as Topic;
  const topic = new Topic(stack, 'Alarms', { enforceSSL: true });
  underOwnKey(topic);
  // A topic with a policy (enforceSSL adds one) accepts only the senders that the policy names, so CloudWatch must be named.
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
