import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export interface DynamoTables {
  readonly client: DynamoDBDocumentClient;
  /** The events table: partition key `stream` (S), sort key `version` (N). */
  readonly table: string;
  /** The table of claimed names: partition key `name` (S). Whoever only reads does without. */
  readonly names?: string | undefined;
}

/** A commit is put where there is none; the one that is there comes back with the refusal, at no cost. */
export const ifAbsent = {
  ConditionExpression: 'attribute_not_exists(#stream)',
  ExpressionAttributeNames: { '#stream': 'stream' }, // A reserved word.
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
} as const;
