import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { scheduleNotices, schedulePublicationName } from '../core/schedules/publication.ts';
import { type AnySchedule, expressionOf } from '../core/schedules/schedule.ts';
import type { EventStore } from './event-store.ts';
import { letUseOwnKey, underOwnKey } from './own-key.ts';
import type { ParkedCommands } from './parked-commands.ts';
import { ServiceFunction } from './service-function.ts';
import { stageOf } from './stage.ts';
import { Subscription } from './subscription.ts';

export interface SchedulesProps {
  readonly of: readonly AnySchedule[];
  /** Where operators ask for what is parked to be sent again. */
  readonly listensTo: IEventBus;
  readonly appendsTo: EventStore;
  readonly parksIn: ParkedCommands;
}

/** Sends commands at recurring times, with one function for all schedules. The EventBridge Scheduler tells the times. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { of: schedules, listensTo: bus, appendsTo, parksIn }: SchedulesProps) {
    super(scope, id);
    const sender = new ServiceFunction(this, 'Function', { runs: 'schedules', timeoutSeconds: 60 });
    appendsTo.grantAppend(sender);
    parksIn.grantPark(sender);
    this.keepPositions(sender, schedules);
    const pattern = { source: [schedulePublicationName], detailType: [...scheduleNotices] };
    const due = new Subscription(this, 'Due', { to: bus, pattern, invokes: sender });
    const role = this.roleFor(due);
    for (const { name, every } of schedules) {
      const { expression, timeZone } = expressionOf(every);
      new CfnSchedule(this, name, {
        description: `The times of the schedule ${name}`,
        scheduleExpression: expression,
        scheduleExpressionTimezone: timeZone,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: due.queue.queueArn,
          roleArn: role.roleArn,
          input: JSON.stringify({ schedule: name, scheduledAt: '<aws.scheduler.scheduled-time>' }),
          deadLetterConfig: { arn: due.deadLetters.queueArn },
          retryPolicy: { maximumEventAgeInSeconds: Duration.hours(24).toSeconds(), maximumRetryAttempts: 185 },
        },
      });
    }
  }

  /** How far the schedules that send all missed times have come. */
  private keepPositions(sender: ServiceFunction, schedules: readonly AnySchedule[]): void {
    if (!schedules.some(({ catchUp }) => catchUp === 'all')) return;
    const positions = new TableV2(this, 'Positions', {
      partitionKey: { name: 'schedule', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      removalPolicy: stageOf(this).keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    });
    underOwnKey(positions);
    positions.grant(sender, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    sender.addEnvironment('SCHEDULE_POSITIONS', positions.tableName);
  }

  /** As this role the Scheduler puts its messages into the queue. */
  private roleFor({ queue, deadLetters }: Subscription): Role {
    const { account } = Stack.of(this);
    const role = new Role(this, 'SchedulerRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': account } } }),
      description: 'Schedules: what they need to put a message into the queue',
    });
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn, deadLetters.queueArn] }));
    letUseOwnKey(role, this);
    return role;
  }
}
