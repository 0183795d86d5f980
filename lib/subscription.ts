import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventPattern, type IEventBus, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { underOwnKey } from './own-key.ts';
import { fiveMinutes, serviceAlarm } from './service-alarm.ts';
import { stageOf } from './stage.ts';

export interface SubscriptionProps {
  readonly to: IEventBus;
  /** Selects integration events: `{ source: ['orders'], detailType: ['OrderPlaced.v1'] }`. */
  readonly pattern: EventPattern;
  /** Gets each event as the one record of a queue. `adapters/lambda/queued.ts` unpacks it. */
  readonly invokes: Lambda;
  /** So many events at once, from 2. Default: 100. */
  readonly maxConcurrency?: number;
}

/**
 * A rule that brings some events of a bus to a function, through a queue that outlasts an outage of a day. No other rule may bring events
 * to that function. An event that the function fails for a day waits in a second queue, for 14 days from its arrival in the first.
 */
export class Subscription extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { to, pattern, invokes, maxConcurrency = 100 }: SubscriptionProps) {
    super(scope, id);
    const safety = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // A release that is rolled back, and one without this listener, would delete the events that wait.
      removalPolicy: stageOf(this).keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    this.deadLetters = new Queue(this, 'DeadLetters', safety);
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This queue is itself a dead-letter queue.',
    });
    const triedAgain = pauseBetweenTries(invokes);
    this.queue = new Queue(this, 'Queue', {
      ...safety,
      visibilityTimeout: triedAgain,
      deadLetterQueue: {
        queue: this.deadLetters,
        maxReceiveCount: Math.min(mostReceives, Math.ceil(patience.toSeconds() / triedAgain.toSeconds())),
      },
    });
    this.warn();
    for (const queue of [this.queue, this.deadLetters]) letRulesSend(underOwnKey(queue), to);
    const rule = new Rule(this, 'Rule', { eventBus: to, eventPattern: pattern, targets: [this.target()] });
    // EventBridge does not try again if it has no right to send.
    rule.node.addDependency(this.queue, this.deadLetters);
    // One event at a time, as before there was a queue. The limit leaves the API its share of the account's concurrency after an outage.
    invokes.addEventSource(new SqsEventSource(this.queue, { batchSize: 1, maxConcurrency }));
    // Until a release without the queue is gone: Lambda keeps events that its rule has brought, for up to six hours.
    invokes.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: Duration.hours(6), onFailure: new SqsDestination(this.deadLetters) });
  }

  private warn(): void {
    const of = this.node.path.split('/').slice(1).join(' ');
    serviceAlarm(this, 'Dead letters are waiting', {
      id: 'Lettersaredead',
      of,
      says: 'An integration event did not reach its listener, or the listener failed it for a day. It waits in the queue.',
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: fiveMinutes }),
    });
    // SQS leaves out messages that a function has failed more than three times. Those ring 'A function fails'.
    serviceAlarm(this, 'Integration events are waiting', {
      of,
      says: 'An integration event has waited an hour for its listener, which does not run.',
      metric: this.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: fiveMinutes }),
      above: 3600,
    });
  }

  /** The CDK's own target for a queue grants the right to send only after the rule is there, and events in between would be dead letters. */
  private target(): IRuleTarget {
    return {
      bind: () => ({
        arn: this.queue.queueArn,
        targetResource: this.queue,
        deadLetterConfig: { arn: this.deadLetters.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: Duration.hours(24).toSeconds(), maximumRetryAttempts: 185 },
      }),
    };
  }
}

/** For so long the function may fail an event. */
const patience = Duration.days(1);
const mostReceives = 1000;

/** The event is hidden from other readers for this time, so it is also the time until the next try. AWS advises six times the timeout. */
const pauseBetweenTries = ({ timeout = Duration.seconds(3) }: Lambda): Duration => Duration.seconds(6 * timeout.toSeconds());

/** Any rule of this bus, because a right that names the rule could be granted only after the rule sends. */
const letRulesSend = (queue: Queue, { eventBusName }: IEventBus): void => {
  const { account } = Stack.of(queue);
  const rules = Stack.of(queue).formatArn({ service: 'events', resource: 'rule', resourceName: `${eventBusName}/*` });
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': rules }, StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
};
