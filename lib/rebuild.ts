import { Duration } from 'aws-cdk-lib';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Choice, Condition, Fail, type IChainable, Succeed, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { EventStore } from './event-store.ts';
import type { Pointers } from './pointers.ts';
import type { ReadModels } from './read-models.ts';
import { serviceAlarm } from './service-alarm.ts';
import { ServiceFunction } from './service-function.ts';
import { endedBadly, everySegment, ServiceMachine, step } from './service-machine.ts';

export interface RebuildProps {
  readonly readsFrom: EventStore;
  readonly writesTo: ReadModels;
  readonly flips: Pointers;
}

/**
 * Fills a revision of a projection from the log while the projector feeds it, too; proves that no event is missing; then lets the revision
 * serve. Until then, and if the rebuild fails, the previous revision serves.
 */
export class Rebuild extends Construct {
  private readonly machine: ServiceMachine;

  constructor(scope: Construct, id: string, { readsFrom, writesTo, flips }: RebuildProps) {
    super(scope, id);
    // A long timeout, because each invocation takes seven of the 25,000 events that an execution may have.
    const handler = new ServiceFunction(this, 'Function', { runs: 'rebuild', timeoutSeconds: 300 });
    readsFrom.grantScan(handler);
    writesTo.grantFill(handler);
    flips.grantChange(handler);

    this.machine = new ServiceMachine(this, 'Machine', { does: this.process(handler), timeout: Duration.days(2) });
    serviceAlarm(this, 'A rebuild failed', {
      says: 'A projection could not be rebuilt. The previous revision serves.',
      metric: endedBadly(this.machine),
    });
  }

  /** Sets `REBUILD_MACHINE`: the ARN of the state machine. */
  grantStart(starter: Lambda): void {
    this.machine.grantStartExecution(starter);
    starter.addEnvironment('REBUILD_MACHINE', this.machine.stateMachineArn);
  }

  /** The process of the state machine, whose input is `{ projection, revision, attempt, table }`. */
  private process(runs: Lambda): IChainable {
    const told = { projection: '$.projection', revision: '$.revision', attempt: '$.attempt', table: '$.table' };
    const doing = { runs, told };

    const plan = step(this, 'Plan the segments', { ...doing, step: 'plan', answersTo: '$.plan' });
    const fill = everySegment(this, { ...doing, step: 'fill', of: '$.plan.fill', verb: 'Fill' });
    const lead = step(this, 'Let it lead', { ...doing, step: 'lead', answersTo: '$.verdict' });
    const settle = new Wait(this, 'Let the projector settle', { time: WaitTime.secondsPath('$.verdict.settleSeconds') });
    const audit = everySegment(this, { ...doing, step: 'audit', of: '$.plan.audit', verb: 'Audit', answersTo: '$.audits' });
    const findings = { ...told, audits: '$.audits', round: '$.verdict.round' };
    const judge = step(this, 'Judge the audit', { runs, told: findings, step: 'judge', answersTo: '$.verdict' });
    const isComplete = new Choice(this, 'Is it complete?');
    const serve = step(this, 'Let it serve', { ...doing, step: 'serve' });

    const failure = { ...told, failure: '$.failure' };
    const record = step(this, 'Put the failure on record', { runs, told: failure, step: 'fail' });
    record.next(new Fail(this, 'It has failed', { errorPath: '$.failure.Error', causePath: '$.failure.Cause' }));
    for (const state of [plan, fill, lead, audit, judge, serve]) state.addCatch(record, { resultPath: '$.failure' });

    isComplete
      .when(Condition.booleanEquals('$.verdict.isComplete', true), serve.next(new Succeed(this, 'It is complete')))
      .otherwise(settle);
    return plan.next(fill).next(lead).next(settle).next(audit).next(judge).next(isComplete);
  }
}
