import { existsSync, readFileSync } from 'node:fs';
import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { dynamoEventStore } from '../../adapters/dynamo-event-store.ts';
import { orUnavailable } from '../../adapters/unavailable.ts';
import type { EventStore } from '../../core/event-store.ts';
import { type Flags, textOf, UsageError } from './command.ts';

/** The events table that a command looks at. */
export interface EventsTable {
  readonly name: string;
  /** For people: where it is. */
  readonly where: string;
  readonly place: Place;
  readonly client: DynamoDBClient;
  readonly eventStore: EventStore;
  /** As DynamoDB says; on AWS it is some hours old. */
  readonly commitCount: number;
  readonly sizeBytes: number;
  readonly streamArn: string | undefined;
}

/** Where a table is: without an endpoint, on AWS. */
export interface Place {
  readonly table: string;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** The folder of the domain that a local system runs. */
  readonly domain?: string | undefined;
}

/** What a system that runs on this machine says about itself, in `.local/system.json`. */
const running = z.object({ endpoint: z.url(), region: z.string(), events: z.string(), domain: z.string().optional() });

/** From the flags, or else the system that runs on this machine. @throws UsageError, Error that says what to do. */
export const placeOf = (flags: Flags, systemFile: string): Place => {
  const [table, endpoint, region] = ['table', 'endpoint', 'region'].map((name) => textOf(flags, name));
  if (table !== undefined) return { table, endpoint, region };
  if (endpoint !== undefined || region !== undefined) throw new UsageError('--endpoint and --region are said together with --table');
  if (!existsSync(systemFile)) throw new Error('No system runs on this machine: start it (npm start), or say which table (--table NAME).');
  const { success, data } = running.safeParse(JSON.parse(readFileSync(systemFile, 'utf8')));
  if (!success) throw new Error(`${systemFile} does not say where the events are: start the system anew (npm start).`);
  return { table: data.events, endpoint: data.endpoint, region: data.region, domain: data.domain };
};

/** What a client needs to know. The engine of this machine takes any credentials; AWS takes those of the environment. */
export const clientSettings = ({ endpoint, region }: Place) => {
  const isLocal = endpoint !== undefined && ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(endpoint).hostname);
  return {
    maxAttempts: isLocal ? 3 : 10,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(isLocal ? { region: region ?? 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } : {}),
  };
};

/** @throws Unavailable, Error that says what is wrong with the table. */
export const openTable = async (place: Place): Promise<EventsTable> => {
  const { table: name, endpoint } = place;
  const client = new DynamoDBClient(clientSettings(place));
  const where = endpoint ?? `AWS, ${await client.config.region()}`;
  const { Table: found = {} } = await orUnavailable(client.send(new DescribeTableCommand({ TableName: name }))).catch((error: unknown) => {
    throw error instanceof ResourceNotFoundException ? new Error(`There is no table '${name}' at ${where}.`) : error;
  });
  const keys = found.KeySchema?.map(({ AttributeName }) => AttributeName).join();
  if (keys !== 'stream,version') throw new Error(`'${name}' is not an events table: its keys are ${keys}.`);
  return {
    name,
    where,
    place,
    client,
    eventStore: dynamoEventStore({ client: DynamoDBDocumentClient.from(client), table: name, names: '', now: () => new Date() }),
    commitCount: found.ItemCount ?? 0,
    sizeBytes: found.TableSizeBytes ?? 0,
    streamArn: found.LatestStreamArn,
  };
};
