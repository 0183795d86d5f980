import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { AnyPrincipal, Effect, Grant, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { type IChainable, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { EventStore } from './event-store.ts';
import { serviceAlarm } from './service-alarm.ts';
import { ServiceFunction } from './service-function.ts';
import { endedBadly, everySegment, ServiceMachine, step } from './service-machine.ts';
import { stageOf } from './stage.ts';

export interface AnchorProps {
  readonly of: EventStore;
}

/**
 * Keeps, once a day, the last hash of every stream where nobody can change it: what no chain can tell, that a stream was cut off at its
 * end or written anew, is told by comparing it with this.
 */
export class Anchor extends Construct {
  private readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { of: eventStore }: AnchorProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, 'Function', { runs: 'anchor', timeoutSeconds: 300 });
    eventStore.grantScan(handler);
    this.bucket = bucketIn(this);
    this.refuseToForget(handler);
    this.grantPut(handler);

    const machine = new ServiceMachine(this, 'Machine', { does: this.process(handler), timeout: Duration.hours(20) });
    new Rule(this, 'EveryDay', {
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new SfnStateMachine(machine, { input: RuleTargetInput.fromObject({}) })],
    });
    serviceAlarm(this, 'The anchor failed', {
      says: 'The last hash of every stream was not put on record today.',
      metric: endedBadly(machine),
    });
  }

  /** For the tools of the command line. */
  get bucketName(): string {
    return this.bucket.bucketName;
  }

  private process(runs: Lambda): IChainable {
    const plan = step(this, 'Plan the segments', { runs, step: 'plan', told: {}, answersTo: '$.plan' });
    const told = { anchor: '$.plan.anchor' };
    const anchor = everySegment(this, {
      ...{ runs, step: 'anchor', told, of: '$.plan.segments', verb: 'Anchor', answersTo: '$.segments' },
      begins: { streams: 0, isDone: false },
    });
    const complete = step(this, 'Say that it is whole', { runs, step: 'complete', told: { ...told, segments: '$.segments' } });
    return plan.next(anchor).next(complete).next(new Succeed(this, 'It is kept'));
  }

  /** To put, and nothing else: neither to read nor to remove, and not to say for how long. In a bucket of ours, should its name ever be another's. */
  private grantPut(writer: Lambda): void {
    const conditions = { StringEquals: { 's3:ResourceAccount': Stack.of(this).account } };
    Grant.addToPrincipal({ grantee: writer, actions: ['s3:PutObject'], resourceArns: [this.bucket.arnForObjects('*')], conditions });
    writer.addEnvironment('ANCHOR_BUCKET', this.bucket.bucketName);
    const arn = `<${Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnBucket)}.Arn>`;
    Validations.of(writer.role ?? writer).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${arn}/*]`,
      reason: 'A part is named by its digest; the bucket lets nothing be replaced.',
    });
  }

  /** What the bucket itself refuses, whoever asks: the lock keeps what was put, and this keeps it from being hidden or outdone. */
  private refuseToForget(writer: Lambda): void {
    const putting = { actions: ['s3:PutObject'] };
    this.deny({ sid: 'NobodyElseAnchors', ...putting, conditions: { ArnNotEquals: { 'aws:PrincipalArn': writer.role?.roleArn } } });
    this.deny({ sid: 'NothingIsReplaced', ...putting, conditions: { Null: { 's3:if-none-match': 'true' } } });
    this.deny({
      sid: 'NobodyForgets',
      actions: [
        's3:DeleteObject',
        's3:DeleteObjectVersion',
        's3:PutObjectRetention',
        's3:PutObjectLegalHold',
        's3:BypassGovernanceRetention',
      ],
    });
  }

  private deny(props: PolicyStatementProps): void {
    const everybody = { effect: Effect.DENY, principals: [new AnyPrincipal()], resources: [this.bucket.arnForObjects('*')] };
    this.bucket.addToResourcePolicy(new PolicyStatement({ ...props, ...everybody }));
  }
}

/**
 * Locked where data are kept, in the mode that not even the account's owner can shorten. Where they are not, a lock would outlive the
 * experiment. The bucket stays in either case: only an empty one can be deleted, and with one that is not the deletion of the stack would fail.
 */
const bucketIn = (scope: Construct): Bucket => {
  const { keepsData, anchorRetentionDays } = stageOf(scope);
  const kept = Duration.days(anchorRetentionDays);
  const bucket = new Bucket(scope, 'Bucket', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: true,
    ...(keepsData ? { objectLockDefaultRetention: ObjectLockRetention.compliance(kept) } : {}),
    // S3 itself may remove what the policy and, by then, the lock no longer hold.
    lifecycleRules: [
      { expiration: kept.plus(Duration.days(1)), noncurrentVersionExpiration: Duration.days(1) },
      { expiredObjectDeleteMarker: true },
    ],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason: 'One function writes to it, and nothing can be replaced; who reads it is in CloudTrail, if data events are on.',
  });
  return bucket;
};
