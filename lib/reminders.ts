import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { type IEventBus, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { auditNotice, noticesToRemind, reminderPublicationName } from '../core/reminders/publication.ts';
import type { AnyReminder } from '../core/reminders/reminder.ts';
import { atPace } from './audit-pace.ts';
import type { EventStore } from './event-store.ts';
import { noticePattern } from './notice-pattern.ts';
import { letUseOwnKey } from './own-key.ts';
import type { ParkedCommands } from './parked-commands.ts';
import { serviceAlarm } from './service-alarm.ts';
import { ServiceFunction } from './service-function.ts';
import { serviceMetric } from './service-metric.ts';
import { Subscription } from './subscription.ts';

export interface RemindersProps {
  readonly of: readonly AnyReminder[];
  readonly listensTo: IEventBus;
  readonly appendsTo: EventStore;
  readonly parksIn: ParkedCommands;
}

/** Sends commands at the times that events set, with one function for all reminders, and a schedule for each time. */
export class Reminders extends Construct {
  private readonly group: CfnScheduleGroup;

  constructor(scope: Construct, id: string, { of: reminders, listensTo: bus, appendsTo, parksIn }: RemindersProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, 'Function', { runs: 'reminders', timeoutSeconds: 60 });
    appendsTo.grantAppend(handler);
    appendsTo.grantScan(handler);
    atPace(handler);
    parksIn.grantPark(handler);
    // For the notice that the audit goes on.
    bus.grantPutEventsTo(handler);
    handler.addEnvironment('EVENT_BUS', bus.eventBusArn);
    const heard = new Subscription(this, 'Heard', {
      to: bus,
      pattern: noticePattern(reminderPublicationName, noticesToRemind(reminders)),
      invokes: handler,
    });
    // Its schedules derive from the log: the audit makes them again.
    this.group = new CfnScheduleGroup(this, 'Schedules');
    this.grantSchedule(handler, heard);
    this.audit(handler);
  }

  /** For the tools of the command line. */
  get outputs(): { readonly ScheduleGroup: string } {
    return { ScheduleGroup: this.group.ref };
  }

  /** Listing the schedules, by the command line. */
  grantOperate(operator: Role): void {
    this.grantList(operator);
    operator.addToPrincipalPolicy(new PolicyStatement({ actions: ['scheduler:GetSchedule'], resources: [this.schedules] }));
    this.acknowledge(operator);
  }

  /** Sets `SCHEDULES`: the group, the queue in which a schedule puts its message, and the role as which it does. */
  private grantSchedule(handler: ServiceFunction, { queue, deadLetters }: Subscription): void {
    const { account } = Stack.of(this);
    const role = new Role(this, 'SchedulerRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': account } } }),
      description: 'Schedules: what they need to put a message into the queue of the reminders',
    });
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn, deadLetters.queueArn] }));
    letUseOwnKey(role, this);
    const actions = ['CreateSchedule', 'UpdateSchedule', 'GetSchedule', 'DeleteSchedule'].map((action) => `scheduler:${action}`);
    handler.addToRolePolicy(new PolicyStatement({ actions, resources: [this.schedules] }));
    handler.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
    this.grantList(handler);
    this.acknowledge(handler.role as Role);
    const place = { group: this.group.ref, queue: queue.queueArn, deadLetters: deadLetters.queueArn, role: role.roleArn };
    handler.addEnvironment('SCHEDULES', Stack.of(this).toJsonString(place));
  }

  private audit(handler: ServiceFunction): void {
    const nothing = { scheduled: 0, missing: 0, unsent: 0, stale: 0, unreadable: 0, reads: 'log' };
    new Rule(this, 'EveryDay', {
      schedule: Schedule.cron({ minute: '0', hour: '2' }),
      targets: [
        new LambdaFunction(handler, {
          event: RuleTargetInput.fromObject({ 'detail-type': auditNotice, detail: { data: nothing } }),
          maxEventAge: Duration.hours(2),
        }),
      ],
    });
    serviceAlarm(this, 'Reminders were missing', {
      says: 'A time had no schedule, or passed without its command. The daily audit has repaired it. The log of the function names the events.',
      metric: serviceMetric(this, 'remindersMissing'),
    });
  }

  private grantList(user: IGrantable): void {
    user.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['scheduler:ListSchedules'], resources: ['*'] }));
  }

  /** All schedules of the group. */
  private get schedules(): string {
    return Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${this.group.ref}/*` });
  }

  private acknowledge(role: Role): void {
    const group = `<${Stack.of(this).getLogicalId(this.group)}>`;
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/${group}/*]`,
      reason: 'The schedules of one group. Their names derive from events, so they are not known at synthesis.',
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Listing schedules takes no resource. The actions that send traces do not either.',
    });
  }
}
