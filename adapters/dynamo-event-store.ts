import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { EventStore } from '../core/event-store.ts';
import type { CommitItem } from './commit-item.ts';
import type { CommitLog, Range } from './commit-log.ts';
import { eventStore } from './event-store.ts';
import { orUnavailable } from './unavailable.ts';

export interface DynamoEventStore {
  readonly client: DynamoDBDocumentClient;
  /** The events table: partition key `stream` (S), sort key `version` (N). */
  readonly table: string;
  readonly now: () => Date;
}

/** The event store on DynamoDB: a load is one `Query`, an append one conditional `PutItem`. */
export const dynamoEventStore = ({ client, table, now }: DynamoEventStore): EventStore =>
  eventStore({ putNew: (item) => putNew(client, table, item), query: (stream, range) => query(client, table, stream, range) }, now);

const putNew = async (client: DynamoDBDocumentClient, table: string, item: CommitItem): Promise<CommitItem | undefined> => {
  try {
    await orUnavailable(
      client.send(
        new PutCommand({
          TableName: table,
          Item: item,
          ConditionExpression: 'attribute_not_exists(#stream)',
          ExpressionAttributeNames: { '#stream': 'stream' }, // A reserved word.
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD', // The winner comes back with the refusal, at no cost.
        }),
      ),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    return unmarshall(error.Item) as CommitItem;
  }
};

const query = async (
  client: DynamoDBDocumentClient,
  table: string,
  stream: string,
  { from, to = Number.MAX_SAFE_INTEGER, limit, newestFirst = false, consistency }: Range,
): ReturnType<CommitLog['query']> => {
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
