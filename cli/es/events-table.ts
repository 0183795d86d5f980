import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { orUnavailable } from '../../adapters/aws/unavailable.ts';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { runningSystems } from '../running-systems.ts';
import { type Flags, textOf, UsageError } from './flags.ts';

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

/** The error for a stream that the table does not have. */
export const noEvents = ({ name, where }: Pick<EventsTable, 'name' | 'where'>, stream: string, when = ''): Error =>
  new Error(`${stream} has no events${when} in '${name}' (${where}).`);

/** Where a table is: without an endpoint, on AWS. */
export interface Place {
  readonly table: string;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** The folder of the domain that a local system runs. */
  readonly domain?: string | undefined;
  /** The tables around it; absent where only the events table is known. */
  readonly readSide?: ReadSidePlace;
  /** Where sagas run; absent where only the events table is known, or where there are none. */
  readonly sagaSide?: SagaSidePlace | undefined;
  /** The table of the commands that reactions have parked; absent as `sagaSide` is. */
  readonly parkedCommands?: string | undefined;
  /** Absent as `sagaSide` is: no third party has limits. */
  readonly callSide?: CallSidePlace | undefined;
  /** The group of the schedules of reminders, and another Scheduler than that of AWS; absent as `sagaSide` is. */
  readonly schedules?: SchedulesPlace | undefined;
  /** Absent where only the events table is known. */
  readonly anchors?: AnchorsPlace | undefined;
  /** Absent where only the events table is known, or where an earlier release is deployed. */
  readonly acts?: ActsPlace | undefined;
}

/** What records the acts of operators: the alias of the command function, and another Lambda than that of AWS. */
export interface ActsPlace {
  readonly function: string;
  readonly services?: string | undefined;
}

export interface SchedulesPlace {
  readonly group: string;
  readonly services?: string | undefined;
}

/** The bucket of the anchors, and another S3 than that of AWS. */
export interface AnchorsPlace {
  readonly bucket: string;
  readonly endpoint?: string | undefined;
}

export interface SagaSidePlace {
  /** The table of the sagas' waiting tasks. */
  readonly table: string;
  /** The ARN of each saga's state machine, by the saga's name. */
  readonly machines: Readonly<Record<string, string>>;
  /** Another Step Functions than that of AWS. */
  readonly services?: string | undefined;
}

export interface CallSidePlace {
  /** By the name of the third party. */
  readonly queues: Readonly<Record<string, { readonly queue: string; readonly deadLetters: string }>>;
  /** The table of the circuits. */
  readonly circuits: string;
  /** Another SQS than that of AWS. */
  readonly services?: string | undefined;
}

export interface ReadSidePlace {
  /** `name@revision` → its table; the relay's positions are among them. */
  readonly readModels: Readonly<Record<string, string>>;
  /** The name of the bus that the relay publishes on. */
  readonly bus: string;
  /** Another EventBridge than that of AWS. */
  readonly services?: string | undefined;
  readonly pointers: string;
  /** Where the batches are that were given up: folders on this machine, buckets on AWS. */
  readonly discarded: { readonly folders: readonly string[] } | { readonly buckets: readonly string[] };
}

const callQueues = z.record(z.string(), z.object({ queue: z.string(), deadLetters: z.string() }));
const tableNames = z.record(z.string(), z.string());

/** What a system that runs on this machine says about itself. */
const system = z.object({
  endpoint: z.url(),
  region: z.string(),
  events: z.string(),
  domain: z.string().default('domain'),
  readModels: tableNames.default({}),
  relayPositions: tableNames.default({}),
  bus: z.string().default(''),
  pointers: z.string().default(''),
  discarded: z.array(z.string()).default([]),
  services: z.url().optional(),
  objects: z.url().optional(),
  anchors: z.string().optional(),
  acts: z.string().optional(),
  sagaTable: z.string().optional(),
  sagaMachines: tableNames.default({}),
  parkedCommands: z.string().optional(),
  callQueues: callQueues.default({}),
  circuits: z.string().optional(),
  scheduleGroup: z.string().optional(),
});

/** From the flags, or else a system that runs on this machine, by its file. @throws UsageError, Error that says what to do. */
export const placeOf = (flags: Flags, stateFolder: string): Place => {
  const [table, outputs, endpoint, region, domain] = ['table', 'outputs', 'endpoint', 'region', 'domain'].map((name) =>
    textOf(flags, name),
  );
  if (table !== undefined && outputs !== undefined) throw new UsageError('--table and --outputs exclude each other');
  if (table !== undefined) return { table, endpoint, region };
  if (outputs !== undefined) return { ...deployedIn(resolve(baseFolder(), outputs)), endpoint, region };
  if (endpoint !== undefined || region !== undefined)
    throw new UsageError('--endpoint and --region are said together with --table or --outputs');
  const running = systemsIn(stateFolder, flags['memory'] === true);
  const wanted =
    domain === undefined ? running : running.filter((one) => folderOf(one.domain, stateFolder) === resolve(baseFolder(), domain));
  const [found, ...others] = wanted;
  if (found === undefined)
    throw new Error(
      `No system runs ${domain === undefined ? '' : `${domain} `}on this machine: start it (npm start), or say which table (--table NAME).`,
    );
  if (others.length > 0) throw new Error('Several systems run on this machine: say which domain it is about (--domain FOLDER).');
  const { events, relayPositions, bus, pointers, discarded, sagaTable, sagaMachines: machines, services } = found;
  const readModels = { ...found.readModels, ...relayPositions };
  const place = { endpoint: found.endpoint, region: found.region, domain: folderOf(found.domain, stateFolder) };
  const anchors = found.anchors === undefined ? undefined : { bucket: found.anchors, endpoint: found.objects };
  const sagaSide = sagaTable === undefined ? undefined : { table: sagaTable, machines, services };
  const acts = found.acts === undefined ? undefined : { function: found.acts, services };
  return {
    table: events,
    ...place,
    readSide: { readModels, bus, services, pointers, discarded: { folders: discarded } },
    sagaSide,
    parkedCommands: found.parkedCommands,
    callSide: found.circuits === undefined ? undefined : { queues: found.callQueues, circuits: found.circuits, services },
    schedules: found.scheduleGroup === undefined ? undefined : { group: found.scheduleGroup, services },
    anchors,
    acts,
  };
};

/** What a stack says about itself, as `cdk deploy --outputs-file` writes it. */
const stacks = z.record(
  z.string(),
  z.object({
    EventsTable: z.string(),
    ReadModelTables: z.string(),
    RelayPositions: z.string(),
    EventBus: z.string(),
    PointersTable: z.string(),
    DiscardedBatches: z.string(),
    DiscardedByRelay: z.string(),
    Anchors: z.string().optional(),
    OperatorFunction: z.string().optional(),
    SagaTable: z.string().optional(),
    SagaMachines: z.string().default('{}'),
    ParkedCommands: z.string().optional(),
    CallQueues: z.string().default('{}'),
    CircuitsTable: z.string().optional(),
    ScheduleGroup: z.string().optional(),
  }),
);

const jsonIn = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`);
  }
};

/** @throws Error, naming the file. */
const deployedIn = (file: string): Place => {
  const { data = {} } = stacks.safeParse(jsonIn(file));
  const [stack, ...others] = Object.values(data);
  if (stack === undefined || others.length > 0)
    throw new Error(`${file} does not hold the outputs of one stack: npx cdk deploy --outputs-file ${file} writes them.`);
  return {
    table: stack.EventsTable,
    readSide: {
      readModels: { ...namesIn(stack.ReadModelTables), ...namesIn(stack.RelayPositions) },
      bus: stack.EventBus,
      pointers: stack.PointersTable,
      discarded: { buckets: [stack.DiscardedBatches, stack.DiscardedByRelay] },
    },
    anchors: stack.Anchors === undefined ? undefined : { bucket: stack.Anchors },
    acts: stack.OperatorFunction === undefined ? undefined : { function: stack.OperatorFunction },
    sagaSide: stack.SagaTable === undefined ? undefined : { table: stack.SagaTable, machines: namesIn(stack.SagaMachines) },
    parkedCommands: stack.ParkedCommands,
    callSide:
      stack.CircuitsTable === undefined
        ? undefined
        : { queues: callQueues.parse(JSON.parse(stack.CallQueues)), circuits: stack.CircuitsTable },
    schedules: stack.ScheduleGroup === undefined ? undefined : { group: stack.ScheduleGroup },
  };
};

const namesIn = (text: string): Readonly<Record<string, string>> => tableNames.parse(JSON.parse(text));

/** @throws Error, naming the file. */
const systemsIn = (stateFolder: string, memory: boolean): readonly z.output<typeof system>[] =>
  runningSystems(stateFolder, { memory }).map(({ file, facts }) => {
    const { success, data } = system.safeParse(facts);
    if (!success) throw new Error(`${file} does not say where the events are: start the system anew (npm start).`);
    return data;
  });

const folderOf = (domain: string, stateFolder: string): string => resolve(stateFolder, '..', domain);

/** The folder that the command was given in; npm goes elsewhere. */
export const baseFolder = (): string => process.env['INIT_CWD'] ?? '.';

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
  const where = endpoint ?? `AWS, ${await client.config.region().catch(askForRegion)}`;
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

const askForRegion = (): never => {
  throw new UsageError('say in which region of AWS the table is: --region REGION');
};
