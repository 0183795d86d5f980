import { setTimeout } from 'node:timers/promises';
import {
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  type TableDescription,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { demand, type Resource } from '../template/template.ts';
import type { TableShape } from './table-shape.ts';

/** Keys cannot be changed, here as on AWS; there it takes a new table, here it takes empty data. */
export const demandSameKeys = (resource: Resource, wanted: TableShape, before: TableDescription): void =>
  demand(
    keysOf(wanted.KeySchema, wanted) === keysOf(before.KeySchema, before) &&
      (wanted.StreamSpecification?.StreamViewType ?? none) === (before.StreamSpecification?.StreamViewType ?? none),
    resource,
    'the table on this machine was made with other keys or another stream. `npm start -- --fresh` begins again with empty tables',
  );

const none = 'none';

/** Makes the indexes those of the template, one at a time, as DynamoDB wants it. */
export const updateTable = async (
  dynamodb: DynamoDBClient,
  TableName: string,
  wanted: TableShape,
  before: TableDescription,
): Promise<void> => {
  const kept = before.GlobalSecondaryIndexes ?? [];
  const next = wanted.GlobalSecondaryIndexes ?? [];
  const same = ({ IndexName, KeySchema }: Pick<GlobalSecondaryIndex, 'IndexName' | 'KeySchema'>): boolean =>
    next.some((index) => index.IndexName === IndexName && keysOf(index.KeySchema, wanted) === keysOf(KeySchema, before));
  const update = async (change: Partial<UpdateTableCommandInput>): Promise<void> => {
    await dynamodb.send(new UpdateTableCommand({ TableName, ...change }));
    await settled(dynamodb, TableName);
  };
  const obsolete = kept.filter((index) => !same(index as GlobalSecondaryIndex));
  for (const { IndexName } of obsolete) await update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] });
  for (const index of next) {
    if (kept.some((one) => one.IndexName === index.IndexName && !obsolete.includes(one))) continue;
    await update({ AttributeDefinitions: wanted.AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create: index }] });
  }
};

/** `p:S:HASH v:N:RANGE`, so that two sets of keys can be compared. */
const keysOf = (
  keys: readonly KeySchemaElement[] = [],
  { AttributeDefinitions = [] }: Pick<TableShape, 'AttributeDefinitions'>,
): string => {
  const typeOf = (name?: string) => AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
  return keys.map(({ AttributeName, KeyType }) => `${AttributeName}:${typeOf(AttributeName)}:${KeyType}`).join(' ');
};

const settled = async (dynamodb: DynamoDBClient, TableName: string): Promise<void> => {
  for (;;) {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    const states = [Table?.TableStatus, ...(Table?.GlobalSecondaryIndexes ?? []).map(({ IndexStatus }) => IndexStatus)];
    if (states.every((state) => state === 'ACTIVE')) return;
    await setTimeout(100);
  }
};
