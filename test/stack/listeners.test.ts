import { expect, test } from '@jest/globals';
import { propertiesOf, synthesize } from './synthesize.ts';

const template = synthesize();

// Two, and a stream of DynamoDB bears no third.
const listeners = ['Projector', 'Relay'];

const mappings = propertiesOf(template, 'AWS::Lambda::EventSourceMapping');

test('they listen to every commit from the first on, and try until the stream is about to forget it', () => {
  expect(mappings.filter(({ StartingPosition }) => StartingPosition !== undefined)).toEqual(
    listeners.map((listener) => ({
      EventSourceArn: { 'Fn::GetAtt': [expect.stringMatching('^EventStoreEvents'), 'StreamArn'] },
      FunctionName: { Ref: expect.stringMatching(`^${listener}Function`) },
      StartingPosition: 'TRIM_HORIZON',
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      BatchSize: 100,
      ParallelizationFactor: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: 22 * 60 * 60,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(`^${listener}DiscardedBucket`), 'Arn'] } } },
      MetricsConfig: { Metrics: ['EventCount'] },
    })),
  );
});

test('discarded batches are private, encrypted and expire', () => {
  const buckets = Object.entries(template.findResources('AWS::S3::Bucket')).filter(([id]) => id.includes('Discarded'));
  expect(buckets.map(([, { Properties }]) => Properties)).toEqual(
    listeners.map(() => ({
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 30, Status: 'Enabled' }] },
    })),
  );
  const policies = propertiesOf(template, 'AWS::S3::BucketPolicy').filter(({ Bucket }) => Bucket.Ref.includes('Discarded'));
  expect(policies).toHaveLength(listeners.length);
  for (const { PolicyDocument } of policies)
    expect(PolicyDocument).toMatchObject({
      Statement: [{ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    });
});

test.each([
  ['s3:PutObject', 1],
  ['s3:ListBucket', 1],
])('%s: they, and %i other, may do it in buckets of their own account only', (action, others) => {
  const statements = propertiesOf(template, 'AWS::IAM::Policy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const ofOurs = { Condition: { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } } };
  expect(statements.filter(({ Action }) => Action === action)).toEqual(
    Array.from({ length: listeners.length + others }, () => expect.objectContaining(ofOurs)),
  );
});
