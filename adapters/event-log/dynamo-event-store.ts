import { type AttributeValue, ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { EventStore, Segment } from '../../core/log/event-store.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import { attributeTypes, type CommitItem } from './commit-item.ts';
import { hasTerms, type ItemPage, type ItemRange } from './commit-log.ts';
import { type DynamoTables, ifAbsent } from './dynamo-tables.ts';
import { putInTransaction } from './dynamo-transaction.ts';
import { eventStore } from './store-on-commit-log.ts';

/** The event store on DynamoDB: a load is one `Query`, an append one conditional `PutItem`. */
export const dynamoEventStore = ({ now, ...tables }: DynamoTables & { readonly now: () => Date }): EventStore =>
  eventStore(
    {
      putNew: (item, terms) => (hasTerms(terms) ? putInTransaction(tables, item, terms) : putNew(tables, item)),
      query: (stream, range) => query(tables, stream, range),
      scan: (segment, cursor) => scan(tables, segment, cursor),
    },
    now,
  );

const putNew = async ({ client, table }: DynamoTables, item: CommitItem): Promise<readonly CommitItem[] | undefined> => {
  try {
    await orUnavailable(client.send(new PutItemCommand({ TableName: table, Item: toAttributes(item), ...ifAbsent })));
    return undefined;
  } catch (error) {
    if ((error as Error).name === 'TransactionConflictException') return []; // Somebody's transaction puts this item, or reads its stream.
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    return [unmarshall(error.Item) as CommitItem];
  }
};

/** Marshals an item by hand, because that is faster than the general marshaller, and every command needs it. */
const toAttributes = (item: CommitItem): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));

const toAttribute = (value: CommitItem[keyof CommitItem & string]): AttributeValue => {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  return value instanceof Uint8Array ? { B: value } : { L: (value as readonly string[]).map((S) => ({ S })) };
};

const query = async ({ client, table }: DynamoTables, stream: string, range: ItemRange): Promise<ItemPage> => {
  const { from = 1, to = Number.MAX_SAFE_INTEGER, limit, newestFirst = false, consistency } = range;
  const { Items = [], LastEvaluatedKey } = await orUnavailable(
    client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: '#stream = :stream AND #version BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#stream': 'stream', '#version': 'version' },
        ExpressionAttributeValues: { ':stream': stream, ':from': from, ':to': to },
        ScanIndexForward: !newestFirst,
        ConsistentRead: consistency === 'strong',
        ...(limit === undefined ? {} : { Limit: limit }),
      }),
    ),
  );
  return { items: Items as CommitItem[], more: LastEvaluatedKey !== undefined };
};

/** The attributes that a scan leaves out, because readers do not need them. Snapshots alone may be half of the log. */
const leftOut: readonly string[] = ['types', 'request', 'hash', 'snapshot'] satisfies (keyof CommitItem)[];
const scanned = Object.keys(attributeTypes).filter((name) => !leftOut.includes(name));
const ofCommits = {
  ProjectionExpression: scanned.map((name) => `#${name}`).join(', '),
  ExpressionAttributeNames: Object.fromEntries(scanned.map((name) => [`#${name}`, name])),
};

const scan = async ({ client, table }: DynamoTables, { index, of }: Segment, cursor: string | undefined) => {
  const { Items = [], LastEvaluatedKey } = await orUnavailable(
    client.send(
      new ScanCommand({
        TableName: table,
        Segment: index,
        TotalSegments: of,
        ConsistentRead: true, // The scan then contains every commit that is older than it.
        ...ofCommits,
        ...(cursor === undefined ? {} : { ExclusiveStartKey: JSON.parse(cursor) }),
      }),
    ),
  );
  return { items: Items as CommitItem[], ...(LastEvaluatedKey === undefined ? {} : { cursor: JSON.stringify(LastEvaluatedKey) }) };
};
