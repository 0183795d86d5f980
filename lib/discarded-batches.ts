import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { DlqDestinationConfig, IEventSourceDlq, IEventSourceMapping, IFunction } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/**
 * Where Lambda puts the records that a listener could not handle in all its tries; a bucket, because any other destination
 * is told of them but not given them. They are copies: the events table has every commit, and nothing is lost when they expire.
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
      // Only an empty bucket can be deleted; with one that is not, the deletion of the stack would fail.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Lambda alone writes to it, and it holds copies that expire; who reads them is in CloudTrail, if data events are on.',
    });
  }

  /** For the tools of the command line. */
  get bucketName(): string {
    return this.bucket.bucketName;
  }

  /** The two rights that Lambda asks of a listener; CDK's `S3OnFailureDestination` grants reading and deleting, too. */
  bind(_mapping: IEventSourceMapping, listener: IFunction): DlqDestinationConfig {
    this.grant(listener, 's3:PutObject', this.bucket.arnForObjects('*'));
    this.grant(listener, 's3:ListBucket', this.bucket.bucketArn);
    const arn = `<${Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnBucket)}.Arn>`;
    Validations.of(listener.role ?? listener).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${arn}/*]`,
      reason: 'Lambda itself names the objects, and there is nothing else in the bucket.',
    });
    return { destination: this.bucket.bucketArn };
  }

  /** While the bucket is ours: should it ever be deleted, anyone may take its name and would be sent our events. */
  private grant(grantee: IFunction, action: string, resourceArn: string): void {
    const conditions = { StringEquals: { 's3:ResourceAccount': Stack.of(this).account } };
    Grant.addToPrincipal({ grantee, actions: [action], resourceArns: [resourceArn], conditions });
  }
}
