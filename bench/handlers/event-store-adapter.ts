import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { eventStoreAdapter } from '../stores/event-store-adapter.ts';
import type { CommandEvent } from './command-event.ts';

const accounts = eventStoreAdapter.start(new DynamoDBClient({}));

export const handler = ({ id, entries, commandId }: CommandEvent) => accounts.move(id, entries, commandId);
