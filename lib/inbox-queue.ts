import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { AccountPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { letAccountsUseOwnKey, underOwnKey } from './own-key.ts';
import { fiveMinutes, serviceAlarm } from './service-alarm.ts';
import type { ServiceFunction } from './service-function.ts';
import { stageOf } from './stage.ts';

export interface InboxQueueProps {
  /** The name of the inbox. */
  readonly of: string;
  readonly readBy: ServiceFunction;
}

/** The messages of an inbox. One that the function fails for a day waits in a second queue, for 14 days from its arrival in the first. */
export class InboxQueue extends Construct {
  readonly queue: Queue;
  private readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { of, readBy }: InboxQueueProps) {
    super(scope, id);
    const safety = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // A release without this inbox would delete the messages that wait.
      removalPolicy: stageOf(this).keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    this.deadLetters = new Queue(this, 'DeadLetters', safety);
    Validations.of(this.deadLetters).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'This queue is itself a dead-letter queue.' });
    this.queue = new Queue(this, 'Queue', {
      ...safety,
      // Hidden from other readers for six times the timeout of the function, as AWS advises. It is also the time until the next try.
      visibilityTimeout: Duration.seconds(pauseSeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: (24 * 3600) / pauseSeconds },
    });
    for (const queue of [this.queue, this.deadLetters]) underOwnKey(queue);
    // The limit leaves the API its share of the account's concurrency when a sender sends very much.
    readBy.addEventSource(new SqsEventSource(this.queue, { batchSize: 10, maxConcurrency: 20, reportBatchItemFailures: true }));
    serviceAlarm(this, 'Dead letters are waiting', {
      of: `Inbox ${of}`,
      says: 'The function of the inbox failed a message for a day, or the message is too large to park. It waits in the queue.',
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: fiveMinutes }),
    });
    serviceAlarm(this, 'Integration events are waiting', {
      of: `Inbox ${of}`,
      says: 'A message has waited an hour for its inbox, whose function does not run.',
      metric: this.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: fiveMinutes }),
      above: 3600,
    });
  }

  /** Brings some events of a bus of this account to the queue. */
  hear(bus: IEventBus, eventPattern: EventPattern): void {
    for (const queue of [this.queue, this.deadLetters]) this.letRulesSend(queue, bus);
    const target = {
      ...{ arn: this.queue.queueArn, targetResource: this.queue, deadLetterConfig: { arn: this.deadLetters.queueArn } },
      retryPolicy: { maximumEventAgeInSeconds: Duration.hours(24).toSeconds(), maximumRetryAttempts: 185 },
    };
    const rule = new Rule(this, 'Rule', { eventBus: bus, eventPattern, targets: [{ bind: () => target }] });
    // EventBridge does not try again if it has no right to send.
    rule.node.addDependency(this.queue, this.deadLetters);
  }

  /** Lets principals of other accounts send, as far as their own account lets them. */
  letAccountsSend(accounts: readonly string[]): void {
    if (accounts.length === 0) return;
    const principals = accounts.map((account) => new AccountPrincipal(account));
    this.queue.addToResourcePolicy(
      new PolicyStatement({ principals, actions: ['sqs:SendMessage', 'sqs:GetQueueUrl'], resources: [this.queue.queueArn] }),
    );
    letAccountsUseOwnKey(this, principals);
  }

  /** Any rule of this bus, because a right that names the rule could be granted only after the rule sends. */
  private letRulesSend(queue: Queue, { eventBusName }: IEventBus): void {
    const { account } = Stack.of(this);
    const resourceName = eventBusName === 'default' ? '*' : `${eventBusName}/*`;
    const rules = Stack.of(this).formatArn({ service: 'events', resource: 'rule', resourceName });
    queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { ArnLike: { 'aws:SourceArn': rules }, StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
  }
}

const pauseSeconds = 6 * 60;
