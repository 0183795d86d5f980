import { expect, test } from '@jest/globals';
import { synthesize } from './synthesize.ts';

// By its logical id, because with another one it would be another table, and an empty one.
const table = synthesize().toJSON()['Resources']['EventStoreEvents67C89B68'];

test('one item for each commit, by stream and version, with a stream of new items', () => {
  expect(table).toMatchObject({
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      KeySchema: [
        { AttributeName: 'stream', KeyType: 'HASH' },
        { AttributeName: 'version', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'stream', AttributeType: 'S' },
        { AttributeName: 'version', AttributeType: 'N' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    },
  });
});

test('it outlives the stack, and mistakes can be undone', () => {
  expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  expect(table.Properties.Replicas).toEqual([
    {
      Region: { Ref: 'AWS::Region' },
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      ResourcePolicy: expect.anything(), // append-only.test.ts
    },
  ]);
});

test('in a dev stage it is deleted with the stack', () => {
  const passing = synthesize(undefined, { stage: 'dev' }).toJSON()['Resources']['EventStoreEvents67C89B68'];
  expect(passing).toMatchObject({ DeletionPolicy: 'Delete', Properties: { Replicas: [{ DeletionProtectionEnabled: false }] } });
});

test.each(['GlobalSecondaryIndexes', 'LocalSecondaryIndexes', 'TimeToLiveSpecification'])('it has no %s', (property) => {
  expect(table.Properties).not.toHaveProperty(property);
});
