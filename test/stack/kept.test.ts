import { expect, test } from '@jest/globals';
import { bundlesApart } from '../../lib/bundle-options.ts';
import { synthesize } from './synthesize.ts';

interface Resource {
  readonly Type: string;
  readonly Properties?: { readonly Replicas?: readonly { readonly DeletionProtectionEnabled?: boolean }[] };
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}
const resourcesOf = (settings: Readonly<Record<string, unknown>>): readonly Resource[] =>
  Object.values(synthesize(undefined, settings).toJSON()['Resources']);

test('what outlives its stack does not outlive a first deployment that fails, except for protected tables, and queues', () => {
  const kept = resourcesOf({ stage: 'prod', ownKey: true }).filter(({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete');
  const isProtected = ({ Properties: { Replicas = [] } = {} }: Resource) => Replicas.some((one) => one.DeletionProtectionEnabled === true);
  const isQueue = ({ Type }: Resource) => Type === 'AWS::SQS::Queue';
  const [locked, others] = [kept.filter(isProtected), kept.filter((one) => !isProtected(one) && !isQueue(one))];
  expect(locked.map(({ Type, DeletionPolicy }) => [Type, DeletionPolicy])).toEqual([
    ['AWS::DynamoDB::GlobalTable', 'Retain'],
    ['AWS::DynamoDB::GlobalTable', 'Retain'],
  ]);
  // An update that adds queues may be rolled back while events wait in them.
  expect(new Set(kept.filter(isQueue).map(({ DeletionPolicy }) => DeletionPolicy))).toEqual(new Set(['Retain']));
  expect([...new Set(others.map(({ Type }) => Type))].sort()).toEqual(['AWS::KMS::Key', 'AWS::Logs::LogGroup', 'AWS::S3::Bucket']);
  expect(new Set(others.map(({ DeletionPolicy }) => DeletionPolicy))).toEqual(new Set(['RetainExceptOnCreate']));
  expect(new Set(kept.map(({ UpdateReplacePolicy }) => UpdateReplacePolicy))).toEqual(new Set(['Retain']));
});

test('everything goes with a dev stage: its buckets are emptied first', () => {
  const resources = resourcesOf({ stage: 'dev', ownKey: true });
  expect(resources.filter(({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete')).toEqual([]);
  const named = (type: string, key: string) =>
    resources
      .filter(({ Type }) => Type === type)
      .flatMap(({ Properties = {} }) => JSON.stringify((Properties as Record<string, unknown>)[key]));
  const buckets = synthesize(undefined, { stage: 'dev' }).findResources('AWS::S3::Bucket');
  const emptied = named('Custom::S3AutoDeleteObjects', 'BucketName');
  expect(emptied.sort()).toEqual(
    Object.keys(buckets)
      .map((Ref) => JSON.stringify({ Ref }))
      .sort(),
  );
});

test.each(['staging', 'prod'])('nothing can empty a bucket of %s', (stage) =>
  expect(resourcesOf({ stage }).filter(({ Type }) => Type.startsWith('Custom::'))).toEqual([]),
);

test('the local system, which runs no custom resources, gets none', () =>
  expect(resourcesOf({ stage: 'dev', [bundlesApart]: true }).filter(({ Type }) => Type.startsWith('Custom::'))).toEqual([]));

test.each([{}, { ownKey: true, tenantClaim: 'tenant' }, { stage: 'dev' }])(
  'no ARN names a partition, so that the service can be deployed to China and GovCloud: %j',
  (settings) => {
    const text = JSON.stringify(synthesize(undefined, settings).toJSON());
    expect(text.match(/.{40}arn:aws.{40}/g) ?? []).toEqual([]);
  },
);
