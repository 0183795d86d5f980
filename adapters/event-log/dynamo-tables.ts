import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export interface DynamoTables {
  readonly client: DynamoDBDocumentClient;
  /** The events table: partition key `stream` (S), sort key `version` (N). */
  readonly table: string;
  /** The table of claimed names: partition key `name` (S). Readers do not need it. */
  readonly names?: string | undefined;
}

/** Puts an item only if its key is free. If not, the failed write returns the existing item at no extra cost. */
export const ifAbsent = {
  ConditionExpression: 'attribute_not_exists(#stream)',
  ExpressionAttributeNames: { '#stream': 'stream' }, // `stream` is a reserved word.
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
} as const;
