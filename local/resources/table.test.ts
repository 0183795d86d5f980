import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Host } from './host.ts';
import { table } from './table.ts';
import { deleteTables } from './table-deletion.ts';

const dynamodb = new DynamoDBClient({
  endpoint: process.env['DYNAMODB_ENDPOINT'] as string,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const run = `table-test-${randomUUID().slice(0, 8)}`;
const stateFolder = mkdtempSync(join(tmpdir(), 'foldstream-table-'));
let namePrefix: string;
beforeEach(() => {
  namePrefix = `${run}-${randomUUID().slice(0, 8)}`;
});
afterAll(async () => {
  await deleteTables(dynamodb, run);
  rmSync(stateFolder, { recursive: true });
  dynamodb.destroy();
});

const attribute = (AttributeName: string, AttributeType = 'S') => ({ AttributeName, AttributeType });
const index = (IndexName: string, partition: string) => ({
  IndexName,
  KeySchema: [{ AttributeName: partition, KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
});
const shape = {
  AttributeDefinitions: [attribute('id'), attribute('version', 'N')],
  KeySchema: [
    { AttributeName: 'id', KeyType: 'HASH' },
    { AttributeName: 'version', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  Replicas: [{ Region: 'us-east-1', DeletionProtectionEnabled: true }],
};
const withIndexes = (...partitions: string[]) => ({
  ...shape,
  AttributeDefinitions: [...shape.AttributeDefinitions, ...partitions.map((name) => attribute(name))],
  GlobalSecondaryIndexes: partitions.map((partition) => index(`by-${partition}`, partition)),
});

const create = (properties: object) =>
  table({ type: 'AWS::DynamoDB::GlobalTable', logicalId: 'Events', properties: properties as Record<string, unknown> }, {
    namePrefix,
    dynamodb,
    stateFolder,
  } as Host);
const describeTable = async () => (await dynamodb.send(new DescribeTableCommand({ TableName: `${namePrefix}-Events` }))).Table;
const put = (id: string, colour: string) =>
  dynamodb.send(
    new PutItemCommand({ TableName: `${namePrefix}-Events`, Item: { id: { S: id }, version: { N: '1' }, colour: { S: colour } } }),
  );

describe('a table', () => {
  test('is created with its keys, indexes and stream, and has its name and ARNs as attributes', async () => {
    const { ref, attributes } = await create({ ...withIndexes('colour'), StreamSpecification: { StreamViewType: 'NEW_IMAGE' } });
    const made = await describeTable();
    expect(ref).toBe(`${namePrefix}-Events`);
    expect(attributes).toEqual({ Arn: made?.TableArn, StreamArn: made?.LatestStreamArn });
    expect(made).toMatchObject({
      KeySchema: shape.KeySchema,
      GlobalSecondaryIndexes: [{ IndexName: 'by-colour' }],
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    });
  });

  test('is the same one at the next start, with its data and its stream', async () => {
    const properties = { ...shape, StreamSpecification: { StreamViewType: 'NEW_IMAGE' } };
    const first = await create(properties);
    await put('1', 'red');
    expect(await create(properties)).toEqual(first);
    expect((await describeTable())?.ItemCount).toBe(1);
  });

  test('without a stream has no stream to name', async () => expect((await create(shape)).attributes).not.toHaveProperty('StreamArn'));

  test('gets new indexes, with the old items in them, and loses those that are gone', async () => {
    await create(withIndexes('colour', 'size'));
    await put('1', 'red');
    await create(withIndexes('shape'));
    await create(withIndexes('colour', 'shape'));
    const names = (await describeTable())?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName);
    expect(names?.sort()).toEqual(['by-colour', 'by-shape']);
    const found = await dynamodb.send(
      new QueryCommand({
        TableName: `${namePrefix}-Events`,
        IndexName: 'by-colour',
        KeyConditionExpression: 'colour = :red',
        ExpressionAttributeValues: { ':red': { S: 'red' } },
      }),
    );
    expect(found.Count).toBe(1);
  });

  test('creates an index again if its keys have changed', async () => {
    await create(withIndexes('colour'));
    const changed = withIndexes('size');
    await create({ ...changed, GlobalSecondaryIndexes: [index('by-colour', 'size')] });
    expect((await describeTable())?.GlobalSecondaryIndexes).toMatchObject([
      { IndexName: 'by-colour', KeySchema: [{ AttributeName: 'size' }] },
    ]);
  });

  test.each<[string, object]>([
    ['other keys', { ...shape, KeySchema: shape.KeySchema.slice(0, 1), AttributeDefinitions: [attribute('id')] }],
    ['keys of another type', { ...shape, AttributeDefinitions: [attribute('id'), attribute('version', 'S')] }],
    ['a stream', { ...shape, StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }],
  ])('cannot be given %s: it says so, and how to begin again', async (_, changed) => {
    await create(shape);
    await expect(create(changed)).rejects.toThrow(/^Events \(AWS::DynamoDB::GlobalTable\): .*npm start -- --fresh/);
  });

  test('ignores no property silently', async () =>
    await expect(create({ ...shape, LocalSecondaryIndexes: [] })).rejects.toThrow(
      'the local system does not know the property LocalSecondaryIndexes.',
    ));

  test('may have a time to live', async () => {
    await create({ ...shape, TimeToLiveSpecification: { AttributeName: 'until', Enabled: true } });
    await create({ ...shape, TimeToLiveSpecification: { AttributeName: 'until', Enabled: true } });
  });
});
