import { CreateTableCommand, type DynamoDBClient, type ScalarAttributeType, waitUntilTableExists } from '@aws-sdk/client-dynamodb';

/** Names and types of the partition key and the optional sort key. */
export type Keys = readonly (readonly [name: string, type: ScalarAttributeType])[];

export interface IndexShape {
  readonly name: string;
  readonly keys: Keys;
  readonly projection: 'ALL' | 'KEYS_ONLY';
}

export interface TableShape {
  readonly name: string;
  readonly keys: Keys;
  readonly indexes?: readonly IndexShape[];
}

export const createTable = async (client: DynamoDBClient, { name, keys, indexes = [] }: TableShape): Promise<void> => {
  const attributes = new Map([...keys, ...indexes.flatMap((index) => index.keys)]);
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...attributes].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      KeySchema: keySchema(keys),
      ...(indexes.length === 0
        ? {}
        : {
            GlobalSecondaryIndexes: indexes.map((index) => ({
              IndexName: index.name,
              KeySchema: keySchema(index.keys),
              Projection: { ProjectionType: index.projection },
            })),
          }),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName: name });
};

const keySchema = (keys: Keys) =>
  keys.map(([AttributeName], index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' }) as const);
