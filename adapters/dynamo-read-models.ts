import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type AnyProjection, nothing, type Versioned } from '../core/projection.ts';
import type { DocumentPage, ListQuery, ReadModels } from '../core/read-models.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { indexOf, keyFields } from './index-fields.ts';
import { orUnavailable } from './unavailable.ts';

export interface DynamoReadModels {
  readonly client: DynamoDBDocumentClient;
  /** Projection's name → its table: partition key `key` (S), one global index for each declared one, by the fields' names. */
  readonly tables: Readonly<Record<string, string>>;
}

/** A row of a read table: the document as JSON, how fresh it is, and a copy of each indexed field. A deleted one keeps its version. */
interface Row {
  readonly key: string;
  readonly version: number;
  readonly recordedAt: string;
  readonly document?: string;
  readonly [field: string]: unknown;
}

/** Read models on DynamoDB: a document is read with one `GetItem` and replaced, fold and gate together, with one conditional `PutItem`. */
export const dynamoReadModels = ({ client, tables }: DynamoReadModels): ReadModels => {
  const tableOf = ({ name }: AnyProjection): string => {
    const table = tables[name];
    if (table === undefined) throw new Error(`no table is known for the projection '${name}'`);
    return table;
  };
  return {
    get: async (projection, key, consistency) => {
      const input = { TableName: tableOf(projection), Key: { key }, ConsistentRead: consistency === 'strong' };
      const { Item } = await orUnavailable(client.send(new GetCommand(input)));
      return Item === undefined ? nothing : fromRow(Item as Row);
    },

    replace: async (projection, key, from, next) => {
      const isAt =
        from === 0 ? { ConditionExpression: 'attribute_not_exists(#at)', ExpressionAttributeNames: { '#at': 'key' } } : isAtVersion(from);
      try {
        await orUnavailable(client.send(new PutCommand({ TableName: tableOf(projection), Item: toRow(projection, key, next), ...isAt })));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },

    list: (projection, query) => list(client, tableOf(projection), projection, query),
  };
};

const isAtVersion = (version: number) => ({
  ConditionExpression: '#at = :from',
  ExpressionAttributeNames: { '#at': 'version' },
  ExpressionAttributeValues: { ':from': version },
});

const toRow = (projection: AnyProjection, key: string, { document, version, recordedAt }: Versioned): Row => ({
  ...keyFields(projection, document),
  key,
  version,
  recordedAt,
  ...(document === null ? {} : { document: JSON.stringify(document) }),
});

const fromRow = ({ document, version, recordedAt }: Row): Versioned => ({
  document: document === undefined ? null : JSON.parse(document),
  version,
  recordedAt,
});

const list = async (client: DynamoDBDocumentClient, table: string, projection: AnyProjection, query: ListQuery): Promise<DocumentPage> => {
  const { partition, sort } = indexOf(projection, query.index);
  const start = query.cursor === undefined ? undefined : fromCursor(projection, query, query.cursor);
  const { Items = [], LastEvaluatedKey: last } = await orUnavailable(
    client.send(
      new QueryCommand({
        TableName: table,
        IndexName: query.index,
        KeyConditionExpression: '#partition = :value',
        ExpressionAttributeNames: { '#partition': partition },
        ExpressionAttributeValues: { ':value': query.value },
        ScanIndexForward: !query.descending,
        Limit: query.limit,
        ...(start === undefined ? {} : { ExclusiveStartKey: { key: start.key, [partition]: query.value, [sort]: start.sort } }),
      }),
    ),
  );
  const items = (Items as Row[]).map((row) => ({ key: row.key, ...fromRow(row), document: JSON.parse(row.document ?? '{}') }));
  return last === undefined ? { items } : { items, cursor: toCursor(projection, query, { key: last['key'], sort: last[sort] }) };
};
