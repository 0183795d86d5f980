import { RemovalPolicy } from 'aws-cdk-lib';
import type { BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bundlesApart } from './bundle-options.ts';
import { stageOf } from './stage.ts';

/**
 * What becomes of a bucket when its stack is deleted. In a stage that keeps data it stays. In any other stage it goes with the stack:
 * CloudFormation can delete only an empty bucket, so a function of the CDK refuses further objects and empties it first. The local system
 * runs no such function.
 */
export const bucketRemoval = (scope: Construct): Pick<BucketProps, 'removalPolicy' | 'autoDeleteObjects'> =>
  stageOf(scope).keepsData
    ? { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }
    : { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: scope.node.tryGetContext(bundlesApart) === undefined };
