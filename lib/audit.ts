import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { type IChainable, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { atPace, longestRun, soundIfSlow } from './audit-pace.ts';
import type { EventStore } from './event-store.ts';
import type { Pointers } from './pointers.ts';
import type { ReadModels } from './read-models.ts';
import type { Relay } from './relay.ts';
import { serviceAlarm } from './service-alarm.ts';
import { ServiceFunction } from './service-function.ts';
import { endedBadly, everySegment, ServiceMachine, step } from './service-machine.ts';

export interface AuditProps {
  readonly compares: EventStore;
  readonly with: readonly (ReadModels | Relay)[];
  readonly knows: Pointers;
}

/**
 * Compares every stream of the log with every complete read model and with what the relay has published, once a day. It reports what it
 * finds and changes nothing.
 */
export class Audit extends Construct {
  readonly machine: ServiceMachine;

  constructor(scope: Construct, id: string, { compares, with: followers, knows }: AuditProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, 'Function', { runs: 'audit', timeoutSeconds: 300 });
    compares.grantScan(handler);
    for (const follower of followers) follower.grantCompare(handler);
    knows.grantRead(handler);
    atPace(handler);
    const service = Stack.of(this).stackName;

    this.machine = new ServiceMachine(this, 'Machine', { does: this.process(handler), timeout: longestRun });
    new Rule(this, 'EveryDay', {
      schedule: Schedule.cron({ minute: '0', hour: '1' }),
      targets: [new SfnStateMachine(this.machine, { input: RuleTargetInput.fromObject({}) })],
    });
    const found = (metricName: string) =>
      new Metric({
        ...{ namespace: 'Foldstream', metricName, dimensionsMap: { service } },
        ...{ statistic: Stats.MAXIMUM, period: Duration.days(1) },
      });
    serviceAlarm(this, 'Events are missing', {
      says: 'A read model lacks events that the log has, or the relay has not published them. The log of the audit names the streams.',
      metric: found('missing'),
    });
    serviceAlarm(this, 'Events are lost', {
      says: 'A read model or the relay has seen events that the log no longer has. The log of the audit names the streams.',
      metric: found('ahead'),
    });
    soundIfSlow(this, 'The audit is slow', { says: 'The daily audit takes more than half a day.', machine: this.machine });
    serviceAlarm(this, 'The audit failed', { says: 'It is not known whether events are missing.', metric: endedBadly(this.machine) });
  }

  private process(runs: Lambda): IChainable {
    const plan = step(this, 'Plan the segments', { runs, step: 'plan', told: {}, answersTo: '$.plan' });
    const told = { projections: '$.plan.projections' };
    const audit = everySegment(this, { runs, step: 'audit', told, of: '$.plan.audit', verb: 'Audit', answersTo: '$.audits' });
    const report = step(this, 'Report', { runs, step: 'report', told: { audits: '$.audits' } });
    return plan.next(audit).next(report).next(new Succeed(this, 'It is reported'));
  }
}
