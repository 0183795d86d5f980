import { Agent } from 'node:http';
import { resolve } from 'node:path';
import { DescribeTableCommand, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { DynamoTables } from '../../adapters/event-log/dynamo-tables.ts';
import { parse } from '../../core/basics/messages.ts';
import { runningSystems } from '../running-systems.ts';
import type { Options } from './options.ts';

/** Where the events go. */
export interface Target {
  readonly table: string;
  /** Empty where nothing can be claimed. */
  readonly names: string;
  /** Absent: AWS. */
  readonly endpoint?: string;
  readonly region?: string;
  /** The folder of the domain that runs there, where that is known and not `domain`. */
  readonly domain?: string;
}

/** From the command line, or else the system that runs on this machine. @throws Error that says what to do. */
export const targetOf = ({ table, names = '', endpoint, domain, memory }: Options, stateFolder: string): Target => {
  if (table !== undefined) return { table, names, ...(endpoint === undefined ? {} : { endpoint }) };
  const systems = systemsIn(stateFolder, memory).filter((system) => domain === undefined || domain === folderOf(system, stateFolder));
  const [system, ...others] = systems;
  if (system === undefined)
    throw new Error('No such system runs on this machine: start it (npm start), or say where to import to (--table, --help).');
  if (others.length > 0) throw new Error('Several systems run on this machine: say which domain it is for (--domain FOLDER).');
  const { events, ...running } = system;
  return { ...running, table: events };
};

/** The domain of the system that an import would go to, if one runs on this machine. @throws Error if several run. */
export const runningDomain = (options: Options, stateFolder: string): string | undefined => {
  if (options.table !== undefined || options.domain !== undefined || systemsIn(stateFolder, options.memory).length === 0) return undefined;
  return targetOf(options, stateFolder).domain;
};

/** What a system that runs on this machine says about itself. */
const system = z.object({
  ...{ endpoint: z.string(), region: z.string(), events: z.string(), names: z.string().default('') },
  domain: z.string().optional(),
});
type System = z.output<typeof system>;

const systemsIn = (stateFolder: string, memory: boolean): readonly System[] =>
  runningSystems(stateFolder, { memory }).map(({ file, facts }) => parse(system, facts, file));

const folderOf = ({ domain = 'domain' }: System, stateFolder: string): string => resolve(stateFolder, '..', domain);

/** A client for this number of requests at a time. An endpoint on this machine needs no credentials of AWS. */
export const clientOf = ({ endpoint, region }: Target, concurrency: number): DynamoDBDocumentClient => {
  const isLocal = endpoint !== undefined && ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(endpoint).hostname);
  const agent = { keepAlive: true, maxSockets: concurrency };
  const config: DynamoDBClientConfig = {
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: 2000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
      httpsAgent: agent,
      httpAgent: new Agent(agent),
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(isLocal ? { credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, region: region ?? 'us-east-1' } : {}),
  };
  return DynamoDBDocumentClient.from(new DynamoDBClient(config), { marshallOptions: { removeUndefinedValues: true } });
};

/** What tells the table from any other, one of the same name that was there before among them. @throws Error if it is no events table. */
export const identityOf = async ({ client, table }: Pick<DynamoTables, 'client' | 'table'>): Promise<string> => {
  const { Table: found } = await client.send(new DescribeTableCommand({ TableName: table })).catch((error: unknown) => {
    throw new Error(`The table ${table} does not answer: ${error instanceof Error ? error.message || error.name : error}`, {
      cause: error,
    });
  });
  const keys = found?.KeySchema?.map(({ AttributeName }) => AttributeName).join();
  if (keys !== 'stream,version') throw new Error(`The table ${table} is not an events table: its keys are ${keys}.`);
  return `${found?.TableArn} ${found?.TableId} ${found?.CreationDateTime?.toISOString()}`;
};
