import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { orUnavailable, pagesOrUnavailable } from '../aws/unavailable.ts';

/** The table of the waiting steps and of the operators' cases. */
export interface DynamoSagaTable {
  readonly client: DynamoDBDocumentClient;
  /** Partition key `stream` (S), sort key `waiting` (S), time to live `expires`. */
  readonly table: string;
  readonly now: () => Date;
}

export interface SagaRowKey {
  /** `payment-42`, or `operator/fulfilment`. */
  readonly stream: string;
  /** `execution/step/index/4f2a…`, with a digest of the token, so that a late row of an earlier try replaces no row of a later one. */
  readonly waiting: string;
}

type Place = Pick<DynamoSagaTable, 'client' | 'table'>;

/** Every row of a partition. The read is strongly consistent, so it finds a row that was just put. */
export const rowsOf = async <R>({ client, table }: Place, stream: string): Promise<readonly R[]> => {
  const query = {
    TableName: table,
    KeyConditionExpression: '#stream = :stream',
    ExpressionAttributeNames: { '#stream': 'stream' }, // A reserved word.
    ExpressionAttributeValues: { ':stream': stream },
    ConsistentRead: true,
  };
  const rows: R[] = [];
  for await (const { Items = [] } of pagesOrUnavailable(paginateQuery({ client }, query))) rows.push(...(Items as R[]));
  return rows;
};

export const remove = async ({ client, table }: Place, { stream, waiting }: SagaRowKey): Promise<void> => {
  await orUnavailable(client.send(new DeleteCommand({ TableName: table, Key: { stream, waiting } })));
};

export interface Condition {
  readonly condition: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Puts an item if the condition holds. If not, the failed write returns the existing item. */
export const putOnce = async (
  { client, table }: Place,
  Item: object,
  { condition, names, values }: Condition,
): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const command = new PutCommand({
    TableName: table,
    Item,
    ConditionExpression: condition,
    ExpressionAttributeNames: names,
    ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await orUnavailable(client.send(command));
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    return unmarshall(error.Item);
  }
};

export const rowName = (execution: string, step: string, index: number, token: string): string =>
  `${execution}/${step}/${index}/${createHash('sha256').update(token).digest('hex').slice(0, 32)}`;
