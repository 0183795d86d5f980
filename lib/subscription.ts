import { Duration, Validations } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { fiveMinutes, serviceAlarm } from './service-alarm.ts';

export interface SubscriptionProps {
  readonly to: IEventBus;
  /** Selects integration events: `{ source: ['orders'], detailType: ['OrderPlaced.v1'] }`. */
  readonly pattern: EventPattern;
  readonly invokes: IFunction;
}

/**
 * A rule that invokes a function for some events of a bus. No other rule may invoke that function. An event that does not reach the function
 * within a day, or that the function fails three times, waits in a queue for 14 days.
 */
export class Subscription extends Construct {
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { to, pattern, invokes }: SubscriptionProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This queue is itself a dead-letter queue.',
    });
    serviceAlarm(this, 'Dead letters are waiting', {
      id: 'Lettersaredead',
      of: this.node.path.split('/').slice(1).join(' '),
      says: 'An integration event did not reach its listener, or the listener failed it three times. It waits in the queue.',
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: fiveMinutes }),
    });
    invokes.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: Duration.hours(6), onFailure: new SqsDestination(this.deadLetters) });
    new Rule(this, 'Rule', {
      eventBus: to,
      eventPattern: pattern,
      targets: [new LambdaFunction(invokes, { deadLetterQueue: this.deadLetters, maxEventAge: Duration.hours(24), retryAttempts: 185 })],
    });
  }
}
