import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

// The floor of every bundle, and of every import.
export const client = new DynamoDBClient({});
