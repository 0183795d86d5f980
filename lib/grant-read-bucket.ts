import { Stack, Validations } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';

/** Listing and reading the objects of a bucket, while it belongs to this account. CDK's own grant has more actions. */
export const grantReadBucket = (bucket: Bucket, grantee: Role): void => {
  const stack = Stack.of(bucket);
  const conditions = { StringEquals: { 's3:ResourceAccount': stack.account } };
  Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [bucket.bucketArn], conditions });
  Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [bucket.arnForObjects('*')], conditions });
  Validations.of(grantee).acknowledge({
    id: `AwsSolutions-IAM5[Resource::<${stack.getLogicalId(bucket.node.defaultChild as CfnBucket)}.Arn>/*]`,
    reason: 'An operator reads every object of this bucket.',
  });
};
