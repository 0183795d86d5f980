import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { AnyPrincipal, Effect, Grant, PolicyStatement, type PolicyStatementProps, type Role } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { type IChainable, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { atPace, longestRun, soundIfSlow } from './audit-pace.ts';
import { bucketRemoval } from './bucket-removal.ts';
import type { EventStore } from './event-store.ts';
import { grantReadBucket } from './grant-read-bucket.ts';
import { underOwnKey } from './own-key.ts';
import { serviceAlarm } from './service-alarm.ts';
import { ServiceFunction } from './service-function.ts';
import { endedBadly, everySegment, ServiceMachine, step } from './service-machine.ts';
import { stageOf } from './stage.ts';

export interface AnchorProps {
  readonly of: EventStore;
}

/**
 * Stores the last hash of every stream once a day, in a bucket where no principal can change it. A hash chain alone does not show that a
 * stream was cut off at its end or written anew; comparing the stream with an anchor does.
 */
export class Anchor extends Construct {
  readonly machine: ServiceMachine;
  private readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { of: eventStore }: AnchorProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, 'Function', { runs: 'anchor', timeoutSeconds: 300 });
    eventStore.grantScan(handler);
    atPace(handler);
    this.bucket = bucketIn(this);
    this.refuseToForget(handler);
    this.grantPut(handler);

    this.machine = new ServiceMachine(this, 'Machine', { does: this.process(handler), timeout: longestRun });
    new Rule(this, 'EveryDay', {
      // Twelve hours from the audit, which reads the whole log, too.
      schedule: Schedule.cron({ minute: '0', hour: '13' }),
      targets: [new SfnStateMachine(this.machine, { input: RuleTargetInput.fromObject({}) })],
    });
    soundIfSlow(this, 'The anchor is slow', { says: 'The daily anchor takes more than half a day.', machine: this.machine });
    serviceAlarm(this, 'The anchor failed', {
      says: 'The last hash of every stream was not put on record today.',
      metric: endedBadly(this.machine),
    });
  }

  /** For the tools of the command line. */
  get bucketName(): string {
    return this.bucket.bucketName;
  }

  /** Reading the anchors, by the command line. */
  grantRead(operator: Role): void {
    grantReadBucket(this.bucket, operator);
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

  /**
   * Grants only `PutObject`: no reading, no deleting, no change of the retention. The condition keeps anchors out of a foreign bucket,
   * should the bucket's name ever belong to another account.
   */
  private grantPut(writer: Lambda): void {
    const conditions = { StringEquals: { 's3:ResourceAccount': Stack.of(this).account } };
    Grant.addToPrincipal({ grantee: writer, actions: ['s3:PutObject'], resourceArns: [this.bucket.arnForObjects('*')], conditions });
    writer.addEnvironment('ANCHOR_BUCKET', this.bucket.bucketName);
    const arn = `<${Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnBucket)}.Arn>`;
    Validations.of(writer.role ?? writer).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${arn}/*]`,
      reason: 'The name of a part is its digest, and the bucket refuses to replace an object.',
    });
  }

  /**
   * The bucket refuses these actions to every principal. The lock keeps each object, and the policy keeps it visible and the newest. Where
   * the bucket goes with its stack, objects may be removed.
   */
  private refuseToForget(writer: Lambda): void {
    const putting = { actions: ['s3:PutObject'] };
    this.deny({ sid: 'NobodyElseAnchors', ...putting, conditions: { ArnNotEquals: { 'aws:PrincipalArn': writer.role?.roleArn } } });
    this.deny({ sid: 'NothingIsReplaced', ...putting, conditions: { Null: { 's3:if-none-match': 'true' } } });
    if (!stageOf(this).keepsData) return;
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
 * In a stage that keeps data, objects are locked in compliance mode: not even the account's owner can shorten the retention. In other
 * stages a lock would outlive the experiment.
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
    // The bucket policy does not bind S3's own lifecycle, and the lock has expired by then.
    lifecycleRules: [
      { expiration: kept.plus(Duration.days(1)), noncurrentVersionExpiration: Duration.days(1) },
      { expiredObjectDeleteMarker: true },
    ],
    ...bucketRemoval(scope),
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason: 'One function writes to it, and no object can be replaced. CloudTrail records its readers, if data events are on.',
  });
  return underOwnKey(bucket);
};
