import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { commandHandler } from '../../core/write/command-handler.ts';
import { account } from '../stores/account-decider.ts';
import type { CommandEvent } from './command-event.ts';

const handle = commandHandler({
  eventStore: dynamoEventStore({ client: DynamoDBDocumentClient.from(new DynamoDBClient({})), table: 'events', now: () => new Date() }),
  cache: tailCache({ maxEntries: 10_000, maxBytes: 48 * 1024 * 1024 }),
  pause: async () => {},
});

export const handler = ({ id, entries, commandId }: CommandEvent) =>
  handle(
    account,
    { id },
    {
      command: { type: 'Move', data: { entries: [...entries] } },
      commandId,
      correlationId: commandId,
      causationId: commandId,
    },
  );
