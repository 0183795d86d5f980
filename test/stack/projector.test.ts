import { expect, test } from '@jest/globals';
import { propertiesOf, synthesize } from './synthesize.ts';

const template = synthesize();

test('it listens to every commit from the first on, and gives up within bounds', () => {
  expect(propertiesOf(template, 'AWS::Lambda::EventSourceMapping')).toEqual([
    {
      EventSourceArn: { 'Fn::GetAtt': [expect.stringMatching('^EventStoreEvents'), 'StreamArn'] },
      FunctionName: { Ref: expect.stringMatching('^ProjectorFunction') },
      StartingPosition: 'TRIM_HORIZON',
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      BatchSize: 100,
      ParallelizationFactor: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      MaximumRecordAgeInSeconds: 6 * 60 * 60,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching('^ProjectorDiscardedBucket'), 'Arn'] } } },
      MetricsConfig: { Metrics: ['EventCount'] },
    },
  ]);
});

test('what it gave up on is private, encrypted and expires', () => {
  expect(propertiesOf(template, 'AWS::S3::Bucket')).toEqual([
    {
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 30, Status: 'Enabled' }] },
    },
  ]);
  const [policy] = propertiesOf(template, 'AWS::S3::BucketPolicy');
  expect(policy?.['PolicyDocument']).toMatchObject({
    Statement: [{ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
  });
});

test.each(['s3:PutObject', 's3:ListBucket'])('it may use %s in a bucket of its own account only', (action) => {
  const statements = propertiesOf(template, 'AWS::IAM::Policy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  expect(statements.filter(({ Action }) => Action === action)).toMatchObject([
    { Condition: { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } } },
  ]);
});
