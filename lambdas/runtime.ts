import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { domain } from '#domain';
import { dynamoEventStore } from '../adapters/dynamo-event-store.ts';
import { dynamoReadModels } from '../adapters/dynamo-read-models.ts';
import { tailCache } from '../adapters/tail-cache.ts';
import { commandHandler } from '../core/command-handler.ts';

// The composition root: the only reader of the environment, and everything that lives as long as the process.

const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
};

const client = DynamoDBDocumentClient.from(
  new DynamoDBClient({ maxAttempts: 4, requestHandler: { connectionTimeout: 1000, requestTimeout: 2000 } }),
  { marshallOptions: { removeUndefinedValues: true } },
);

const now = (): Date => new Date();

/** Full jitter, so that writers who met once do not meet again. */
const pause = (conflicts: number): Promise<void> => setTimeout(Math.random() * 10 * 2 ** conflicts);

/** A tenth of the function's memory at most. */
const cache = tailCache({ maxEntries: 10_000, maxBytes: 48 * 1024 * 1024 });

export { domain };
export const logLevel = process.env['LOG_LEVEL'] === 'INFO' ? 'INFO' : 'WARN';
export const eventStore = dynamoEventStore({ client, table: environment('EVENTS_TABLE'), names: process.env['NAMES_TABLE'], now });
export const handleCommand = commandHandler({ eventStore, cache, pause });

/** For the functions that have read models. */
export const stores = () => ({
  eventStore,
  readModels: dynamoReadModels({ client, tables: JSON.parse(environment('READ_MODELS')) }),
  now,
  pause,
});
