import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Positions } from '../../core/schedules/ports.ts';
import { orUnavailable } from '../aws/unavailable.ts';

export interface DynamoPositions {
  readonly client: DynamoDBDocumentClient;
  /** Partition key `schedule` (S). */
  readonly table: string;
}

/** The positions of schedules on DynamoDB: one item for each schedule that catches up with all times. */
export const dynamoPositions = ({ client, table }: DynamoPositions): Positions => ({
  get: async (schedule) => {
    const { Item } = await orUnavailable(client.send(new GetCommand({ TableName: table, Key: { schedule }, ConsistentRead: true })));
    return Item === undefined ? undefined : { expression: Item['expression'], sentUntil: Item['sentUntil'] };
  },

  put: async (schedule, { expression, sentUntil }) => {
    const command = new UpdateCommand({
      TableName: table,
      Key: { schedule },
      UpdateExpression: 'SET #expression = :expression, sentUntil = :sentUntil',
      // A delivery that is overtaken does not move it back. Texts of ISO 8601 in UTC sort as times do.
      ConditionExpression: 'attribute_not_exists(#schedule) OR #expression <> :expression OR sentUntil < :sentUntil',
      ExpressionAttributeNames: { '#schedule': 'schedule', '#expression': 'expression' },
      ExpressionAttributeValues: { ':expression': expression, ':sentUntil': sentUntil },
    });
    await orUnavailable(client.send(command).catch(ignoreOvertaken));
  },
});

const ignoreOvertaken = (error: unknown): void => {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
};
