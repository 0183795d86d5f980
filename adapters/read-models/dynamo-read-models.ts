import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { TooLargeTogether, Unavailable, Unwritable } from '../../core/basics/errors.ts';
import { ofTenant, withoutTenant } from '../../core/basics/stream.ts';
import { type AnyProjection, nothing, parkedIndex, tableKey } from '../../core/read/projection.ts';
import type { Change, DocumentPage, ListQuery, ParkedPage, ParkedQuery, ReadModels, Row } from '../../core/read/read-models.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import { type CursorKeys, type Cursors, cursorsWith } from './cursor.ts';
import { insertRows } from './dynamo-inserts.ts';
import { type IndexKey, indexAttributes, indexOf, partitionValue } from './index-fields.ts';
import { fromReadItem, hasRoom, parkedMark, type ReadItem, toReadItem, toReadItems } from './read-item.ts';

export interface DynamoReadModels {
  readonly client: DynamoDBDocumentClient;
  /** Table names by `name@revision`. A table has the partition key `key` (S), a global index per declared index, and `parked`. */
  readonly tables: Readonly<Record<string, string>>;
  /** Absent: a key of this object, so that no other process continues its lists. */
  readonly cursorKeys?: CursorKeys | undefined;
}

/** Read models on DynamoDB. `GetItem` reads a row; a conditional `PutItem` replaces one row, and a transaction several rows. */
export const dynamoReadModels = ({ client, tables, cursorKeys }: DynamoReadModels): ReadModels => {
  const cursors = cursorsWith(cursorKeys);
  const tableOf = (projection: AnyProjection): string => {
    const table = tables[tableKey(projection)];
    if (table === undefined) throw new Error(`no table is known for the projection ${tableKey(projection)}`);
    return table;
  };
  return {
    tableOf,
    get: async (projection, key, consistency) => {
      const input = { TableName: tableOf(projection), Key: { key }, ConsistentRead: consistency === 'strong' };
      const { Item } = await orUnavailable(client.send(new GetCommand(input)));
      return Item === undefined ? nothing : fromReadItem(Item as ReadItem);
    },
    getMany: (projection, keys, consistency) => getMany(client, tableOf(projection), keys, consistency === 'strong'),
    write: async (projection, changes) => {
      const table = tableOf(projection);
      const puts = toReadItems(projection, changes).map((item, index) => toPut(table, item, changes[index]?.from ?? 'unread'));
      const [put] = puts;
      if (put === undefined) return true;
      const send = async (): Promise<unknown> =>
        puts.length === 1
          ? client.send(new PutCommand(put))
          : client.send(new TransactWriteCommand({ TransactItems: puts.map((Put) => ({ Put })) }));
      return orUnavailable(send()).then(() => true, asRefusal);
    },
    insert: (projection, rows) => insertRows(client, tableOf(projection), rows.map((row) => toReadItem(projection, row)).filter(hasRoom)),
    list: (projection, query) => list({ client, cursors, table: tableOf(projection) }, projection, query),
    parked: (projection, query) => parked({ client, cursors, table: tableOf(projection) }, projection, query),
  };
};

const keysPerRequest = 100;

const getMany = async (
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly string[],
  ConsistentRead: boolean,
): Promise<ReadonlyMap<string, Row>> => {
  const rows = new Map<string, Row>();
  for (let rest = [...new Set(keys)]; rest.length > 0; ) {
    const Keys = rest.slice(0, keysPerRequest).map((key) => ({ key }));
    const { Responses = {}, UnprocessedKeys = {} } = await orUnavailable(
      client.send(new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead } } })),
    );
    for (const item of (Responses[table] ?? []) as ReadItem[]) rows.set(item.key, fromReadItem(item));
    const unprocessed = (UnprocessedKeys[table]?.Keys ?? []).map(({ key }) => key as string); // At most 16 MB a page, or throttled.
    rest = [...unprocessed, ...rest.slice(keysPerRequest)];
  }
  return rows;
};

const toPut = (table: string, item: ReadItem, from: Change['from']) => ({ TableName: table, Item: item, ...conditionOf(from) });

const isNew = 'attribute_not_exists(#key)';

const conditionOf = (from: Change['from']) => {
  if (from === 'unread') return { ConditionExpression: isNew, ExpressionAttributeNames: { '#key': 'key' } };
  return {
    ConditionExpression: from === 0 ? `${isNew} OR #version = :from` : '#version = :from',
    ExpressionAttributeNames: { '#version': 'version', ...(from === 0 ? { '#key': 'key' } : {}) },
    ExpressionAttributeValues: { ':from': from },
  };
};

/** Returns false if a row was no longer at its version. @throws Unwritable; Unavailable; any other error as it is. */
const asRefusal = (error: Error): false => {
  if (error instanceof ConditionalCheckFailedException) return false;
  if (error.name === 'TransactionConflictException') return false; // Another transaction is writing the row.
  if (error.name === 'ValidationException' && /transaction.*size/i.test(error.message))
    throw new TooLargeTogether(error.message, { cause: error });
  if (error.name === 'ValidationException' && isOfTheItem(error.message)) throw new Unwritable(error.message, { cause: error });
  if (!(error instanceof TransactionCanceledException)) throw error;
  const reasons = (error.CancellationReasons ?? []).filter(({ Code }) => Code !== undefined && Code !== 'None');
  const invalid = reasons.find(({ Code, Message = '' }) => Code === 'ValidationError' && isOfTheItem(Message));
  if (invalid !== undefined) throw new Unwritable(invalid.Message ?? error.message, { cause: error });
  if (reasons.every(({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict')) return false;
  throw new Unavailable(error.message, { cause: error });
};

/** Whether a validation error is caused by the data: too large, or an invalid index key. Any other validation error is a bug. */
const isOfTheItem = (message: string): boolean => /item size|size of .*key|index key|type mismatch|empty string/i.test(message);

/** A table, and the cursors of its lists. */
interface Source {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly cursors: Cursors;
}

const list = async ({ client, table, cursors }: Source, projection: AnyProjection, query: ListQuery): Promise<DocumentPage> => {
  const { tenant } = query;
  const { partition, sort } = indexAttributes(indexOf(projection, query.index), tenant !== undefined);
  const value = partitionValue(tenant, query.value);
  const start = query.cursor === undefined ? undefined : cursors.openList(projection, query, query.cursor);
  const { Items = [], LastEvaluatedKey: last } = await orUnavailable(
    client.send(
      new QueryCommand({
        TableName: table,
        IndexName: query.index,
        ...withinRange({ ...query, value }, { partition, sort }),
        ScanIndexForward: !query.descending,
        Limit: query.limit,
        ...(start === undefined ? {} : { ExclusiveStartKey: { key: ofTenant(tenant, start.key), [partition]: value, [sort]: start.sort } }),
      }),
    ),
  );
  const items = (Items as ReadItem[]).map((item) => {
    const { document, version, recordedAt } = fromReadItem(item);
    return { key: withoutTenant(tenant, item.key), document: document ?? {}, version, recordedAt };
  });
  if (last === undefined) return { items };
  return { items, cursor: cursors.ofList(projection, query, { key: withoutTenant(tenant, last['key']), sort: last[sort] }) };
};

/** Uses `BETWEEN` for two bounds, because a key condition can compare a field only once. */
const withinRange = ({ value, from, to }: ListQuery, { partition, sort }: IndexKey) => {
  const bounds = { ...(from === undefined ? {} : { ':from': from }), ...(to === undefined ? {} : { ':to': to }) };
  const both = from !== undefined && to !== undefined;
  const range = both ? '#sort BETWEEN :from AND :to' : from !== undefined ? '#sort >= :from' : '#sort <= :to';
  const isOpen = from === undefined && to === undefined;
  return {
    KeyConditionExpression: isOpen ? '#partition = :value' : `#partition = :value AND ${range}`,
    ExpressionAttributeNames: { '#partition': partition, ...(isOpen ? {} : { '#sort': sort }) },
    ExpressionAttributeValues: { ':value': value, ...bounds },
  };
};

const parked = async (source: Source, projection: AnyProjection, query: ParkedQuery): Promise<ParkedPage> => {
  const { Items = [], LastEvaluatedKey: last } = await orUnavailable(parkedRows(source, projection, query));
  const items = (Items as ReadItem[]).flatMap((item) => fromReadItem(item).parked ?? []);
  if (last === undefined) return { items };
  const position = { key: withoutTenant(query.tenant, last['key']), sort: query.ofEveryTenant ? last[parkedIndex] : '' };
  return { items, cursor: source.cursors.ofParked(projection, query, position) };
};

/** Queries the index partition of one tenant, or scans the index for all tenants: the index contains parked rows only. */
const parkedRows = async (
  { client, table, cursors }: Source,
  projection: AnyProjection,
  query: ParkedQuery,
): Promise<Pick<QueryCommandOutput, 'Items' | 'LastEvaluatedKey'>> => {
  const { tenant, ofEveryTenant = false, limit, cursor } = query;
  const mark = parkedMark(tenant);
  const start = cursor === undefined ? undefined : cursors.openParked(projection, query, cursor);
  const startMark = ofEveryTenant ? start?.sort : mark;
  const page = {
    TableName: table,
    IndexName: parkedIndex,
    Limit: limit,
    ...(start === undefined ? {} : { ExclusiveStartKey: { key: ofTenant(tenant, start.key), [parkedIndex]: startMark } }),
  };
  if (ofEveryTenant) return client.send(new ScanCommand(page));
  const KeyConditionExpression = '#parked = :parked';
  const ExpressionAttributeNames = { '#parked': parkedIndex };
  return client.send(
    new QueryCommand({ ...page, KeyConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues: { ':parked': mark } }),
  );
};
