import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { raw } from '../stores/raw.ts';
import type { CommandEvent } from './command-event.ts';

const accounts = raw.start(new DynamoDBClient({}));

export const handler = ({ id, entries, commandId }: CommandEvent) => accounts.move(id, entries, commandId);
