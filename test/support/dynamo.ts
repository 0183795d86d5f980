import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  type ScalarAttributeType,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll } from '@jest/globals';
import type { CommitItem } from '../../adapters/event-log/commit-item.ts';
import { indexAttributes } from '../../adapters/read-models/index-fields.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import { type AnyProjection, type Index, keyTypeOf, parkedIndex } from '../../core/read/projection.ts';

/** A client of the engine that the run started, with the SDK's own settings: its retries are part of what is tested. */
export const engineClient = (): DynamoDBDocumentClient => {
  const client = new DynamoDBClient({
    endpoint: engineEndpoint(),
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  clients.push(client);
  return DynamoDBDocumentClient.from(client);
};

const engineEndpoint = (): string => {
  const endpoint = process.env['DYNAMODB_ENDPOINT'];
  if (endpoint === undefined) throw new Error('no engine: jest starts one in test/support/engine.ts');
  return endpoint;
};

const clients: DynamoDBClient[] = [];
const tables: string[] = [];
let adminClient: DynamoDBDocumentClient | undefined;
/** Made at its first use: a test that imports this file and asks the engine for nothing runs without one. */
const admin = (): DynamoDBDocumentClient => {
  adminClient ??= engineClient();
  return adminClient;
};

afterAll(async () => {
  await Promise.all(tables.map((TableName) => admin().send(new DeleteTableCommand({ TableName }))));
  for (const client of clients) client.destroy();
});

/** A new, empty events table; answers its name. It is gone after the test file. */
export const createEventsTable = (): Promise<string> =>
  createTable('events', {
    attributes: { stream: 'S', version: 'N' },
    keys: keySchema('stream', 'version'),
    stream: true,
  });

/** A new, empty table of claimed names; answers its name. */
export const createNamesTable = (): Promise<string> => createTable('names', { attributes: { name: 'S' }, keys: keySchema('name') });

/** A new, empty table of pointers; answers its name. */
export const createPointersTable = (): Promise<string> =>
  createTable('pointers', { attributes: { projection: 'S' }, keys: keySchema('projection') });

/** A new, empty table of parked commands; answers its name. */
export const createParkedCommandsTable = (): Promise<string> =>
  createTable('parked', { attributes: { process: 'S', place: 'S' }, keys: keySchema('process', 'place') });

/** A new, empty table of the positions of schedules; answers its name. */
export const createPositionsTable = (): Promise<string> =>
  createTable('positions', { attributes: { schedule: 'S' }, keys: keySchema('schedule') });

/** A new, empty table of those who wait; answers its name. */
export const createSagaTable = (): Promise<string> =>
  createTable('waiting', { attributes: { stream: 'S', waiting: 'S' }, keys: keySchema('stream', 'waiting') });

/** A new, empty table for a projection's documents, with its indexes; answers its name. */
export const createReadTable = (projection: AnyProjection, { hasTenants = false } = {}): Promise<string> => {
  const typeOf = (field: string) => (keyTypeOf(projection, field) === 'number' ? 'N' : 'S');
  const indexes = Object.entries<Index>(projection.indexes ?? {}).map(([name, index]) => {
    const { partition, sort } = indexAttributes(index, hasTenants);
    const attributes = { [partition]: hasTenants ? 'S' : typeOf(index.partition), [sort]: typeOf(sort) } as const;
    return { name, partition, sort, attributes };
  });
  return createTable(projection.name, {
    attributes: {
      key: 'S',
      [parkedIndex]: 'S',
      ...Object.assign({}, ...indexes.map(({ attributes }) => attributes)),
    },
    keys: keySchema('key'),
    indexes: [
      ...indexes.map(({ name, partition, sort }) => ({ name, keys: keySchema(partition, sort) })),
      { name: parkedIndex, keys: keySchema(parkedIndex, 'key') },
    ],
  });
};

/** Every item of a stream as it is stored, oldest first. */
export const storedItems = async (table: string, stream: Address): Promise<readonly CommitItem[]> => {
  const items: CommitItem[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await admin().send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: '#stream = :stream',
        ExpressionAttributeNames: { '#stream': 'stream' },
        ExpressionAttributeValues: { ':stream': streamName(stream) },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    items.push(...((page.Items ?? []) as CommitItem[]));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
};

/** Who holds a name, if anybody does. */
export const holderOf = async (table: string, name: string): Promise<string | undefined> =>
  (await admin().send(new GetCommand({ TableName: table, Key: { name }, ConsistentRead: true }))).Item?.['stream'];

interface TableShape {
  readonly attributes: Readonly<Record<string, ScalarAttributeType>>;
  readonly keys: KeySchemaElement[];
  readonly indexes?: readonly { readonly name: string; readonly keys: KeySchemaElement[] }[];
  readonly stream?: boolean;
}

const createTable = async (label: string, { attributes, keys, indexes = [], stream = false }: TableShape): Promise<string> => {
  const TableName = `test-${label}-${randomUUID()}`;
  await admin().send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: Object.entries(attributes).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      KeySchema: keys,
      ...(indexes.length === 0
        ? {}
        : {
            GlobalSecondaryIndexes: indexes.map(({ name, keys }) => ({
              IndexName: name,
              KeySchema: keys,
              Projection: { ProjectionType: 'ALL' },
            })),
          }),
      ...(stream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } } : {}),
    }),
  );
  tables.push(TableName);
  await waitUntilTableExists({ client: admin(), maxWaitTime: 30 }, { TableName });
  return TableName;
};

const keySchema = (hash: string, range?: string): KeySchemaElement[] => [
  { AttributeName: hash, KeyType: 'HASH' },
  ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' as const }]),
];
