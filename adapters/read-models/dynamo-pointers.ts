import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { noPointer, type Pointer, type Pointers } from '../../core/rebuild/pointers.ts';
import { orUnavailable } from '../aws/unavailable.ts';

export interface DynamoPointers {
  readonly client: DynamoDBDocumentClient;
  /** Partition key `projection` (S). */
  readonly table: string;
}

/** Pointers on DynamoDB: one item per projection, read with strong consistency (one read unit) and replaced by a conditional put. */
export const dynamoPointers = ({ client, table }: DynamoPointers): Pointers => ({
  read: async (projection) => {
    const { Item } = await orUnavailable(client.send(new GetCommand({ TableName: table, Key: { projection }, ConsistentRead: true })));
    return Item === undefined ? noPointer(projection) : (Item as Pointer);
  },

  write: async (pointer) => {
    const isNew = pointer.version === 1;
    const input = {
      TableName: table,
      Item: pointer,
      ConditionExpression: isNew ? 'attribute_not_exists(#version)' : '#version = :from',
      ExpressionAttributeNames: { '#version': 'version' },
      ...(isNew ? {} : { ExpressionAttributeValues: { ':from': pointer.version - 1 } }),
    };
    try {
      await orUnavailable(client.send(new PutCommand(input)));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  },
});
