import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import type { DlqDestinationConfig, IEventSourceDlq, IEventSourceMapping, IFunction } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bucketRemoval } from './bucket-removal.ts';
import { grantReadBucket } from './grant-read-bucket.ts';
import { underOwnKey } from './own-key.ts';

/**
 * Keeps the records that a listener could not handle in all its tries. It is a bucket, because Lambda sends only a notice, without the
 * records, to every other destination. The records are copies: the events table has every commit, so no event is lost when they expire.
 */
export class DiscardedBatches extends Construct implements IEventSourceDlq {
  private readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(30) }],
      ...bucketRemoval(this),
    });
    underOwnKey(this.bucket);
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only Lambda writes to it, and it holds copies that expire. CloudTrail records its readers, if data events are on.',
    });
  }

  /** For the tools of the command line. */
  get bucketName(): string {
    return this.bucket.bucketName;
  }

  /** Grants the two rights that Lambda requires of a listener. CDK's `S3OnFailureDestination` would also grant reading and deleting. */
  bind(_mapping: IEventSourceMapping, listener: IFunction): DlqDestinationConfig {
    this.grant(listener, 's3:PutObject', this.bucket.arnForObjects('*'));
    this.grant(listener, 's3:ListBucket', this.bucket.bucketArn);
    const arn = `<${Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnBucket)}.Arn>`;
    Validations.of(listener.role ?? listener).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${arn}/*]`,
      reason: 'Lambda names the objects, and the bucket holds no others.',
    });
    return { destination: this.bucket.bucketArn };
  }

  /** Reading the batches, by the command line. */
  grantRead(operator: Role): void {
    grantReadBucket(this.bucket, operator);
  }

  /** Only while the bucket belongs to this account: after a deletion, another account could take its name and would receive our events. */
  private grant(grantee: IFunction, action: string, resourceArn: string): void {
    const conditions = { StringEquals: { 's3:ResourceAccount': Stack.of(this).account } };
    Grant.addToPrincipal({ grantee, actions: [action], resourceArns: [resourceArn], conditions });
  }
}
