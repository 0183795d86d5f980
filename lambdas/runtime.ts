import { hash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { domain } from '#domain';
import { namesFrom } from '../adapters/aws/generated-names.ts';
import { readMeter } from '../adapters/aws/read-meter.ts';
import { secretVersions } from '../adapters/aws/secret-versions.ts';
import { dynamoChainLog } from '../adapters/event-log/dynamo-chain-log.ts';
import { dynamoEventStore } from '../adapters/event-log/dynamo-event-store.ts';
import { tailCache } from '../adapters/event-log/tail-cache.ts';
import { authorization } from '../adapters/http/authorization.ts';
import { tenantQuota } from '../adapters/http/token/tenant-quota.ts';
import { measuredAppends, measuredBus } from '../adapters/lambda/measured.ts';
import { measureWith, metricNamespace } from '../adapters/lambda/metrics.ts';
import type { ObservabilityPorts } from '../adapters/lambda/observed.ts';
import { withSources } from '../adapters/lambda/stack-trace.ts';
import { laterInQueue } from '../adapters/outbound/call-queue.ts';
import { eventBridgeBus } from '../adapters/outbound/event-bridge-bus.ts';
import { s3Anchors } from '../adapters/outbound/s3-anchors.ts';
import { thirdPartiesOf } from '../adapters/outbound/third-parties.ts';
import type { CursorKeys } from '../adapters/read-models/cursor.ts';
import { dynamoPointers } from '../adapters/read-models/dynamo-pointers.ts';
import { dynamoReadModels } from '../adapters/read-models/dynamo-read-models.ts';
import { stepFunctionsRebuilds } from '../adapters/read-models/step-functions-rebuilds.ts';
import { schedulerSchedules } from '../adapters/reminders/scheduler-schedules.ts';
import type { Quota } from '../core/basics/token-bucket.ts';
import type { AnyCalls } from '../core/calls/calls.ts';
import { tableId, tableKey } from '../core/read/projection.ts';
import { withDocumentKeys } from '../core/registry/document-keys.ts';
import { sagasOf } from '../core/registry/domain.ts';
import { knowledgeOf, knownBy } from '../core/registry/knowledge.ts';
import { machineName } from '../core/sagas/saga.ts';
import { commandHandler } from '../core/write/command-handler.ts';

// The composition root: the only reader of the environment, and the owner of everything that lives as long as the process. (Powertools
// itself reads the variables that begin with POWERTOOLS_. lib/service-function.ts sets them.)

const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
};

const patience = { maxAttempts: 4, requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true } };

/** All AWS clients of the function. A trace shows their calls. */
const clients: object[] = [];
const known = <C extends object>(client: C): C => {
  clients.push(client);
  return client;
};

const client = DynamoDBDocumentClient.from(known(new DynamoDBClient(patience)), { marshallOptions: { removeUndefinedValues: true } });
const stepFunctions = () => known(new SFNClient(patience));

export const now = (): Date => new Date();

/** Waits a second at most, with full jitter, so that two conflicting writers do not conflict again. */
export const pause = (conflicts: number): Promise<void> => setTimeout(Math.random() * Math.min(10 * 2 ** conflicts, 1000));

/** At most a tenth of the function's memory. */
const cache = tailCache({ maxEntries: 10_000, maxBytes: 48 * 1024 * 1024 });

export { domain };

export const logger = new Logger({ jsonReplacerFn: withSources });
const metrics = new Metrics({ namespace: metricNamespace });
export const measure = measureWith(metrics);

/** The ports of the middlewares around every function. */
export const observing: ObservabilityPorts = {
  logger,
  metrics,
  clients,
  isSampled: () => Math.random() < Number(process.env['LOG_SAMPLE_RATE'] ?? 0),
};

/** A token is required unless the variable is exactly `none`. */
export const auth = process.env['AUTH'] === 'none' ? 'none' : 'token';

/** The claim of a token that names the caller's tenant, in a service with tenants. */
export const tenantClaim = process.env['TENANT_CLAIM'];

/** How the tokens of the stage's issuer name scopes and the actor. */
export const tokens = {
  scopePrefix: process.env['SCOPE_PREFIX'],
  grants: JSON.parse(process.env['GRANTS'] ?? '{}'),
  actorClaim: process.env['ACTOR_CLAIM'],
  emailActors: process.env['EMAIL_ACTORS'] === 'true',
};

/** The quota of each tenant, if tenants have one. */
export const quota: Quota | undefined = process.env['TENANT_QUOTA'] === undefined ? undefined : JSON.parse(process.env['TENANT_QUOTA']);

/** For the functions that serve HTTP. The bundles of the others leave it out. */
export const edge = () => ({
  domain,
  authorize: authorization({ domain, auth, tenantClaim, ...tokens }),
  admit: quota === undefined ? undefined : tenantQuota(quota, now),
  observing,
});

export const eventStore = () => dynamoEventStore({ client, table: environment('EVENTS_TABLE'), names: process.env['NAMES_TABLE'], now });

/** For the function that appends. */
export const commands = () => {
  const checked = withDocumentKeys(eventStore(), { domain, now });
  return commandHandler({ eventStore: measuredAppends(checked, { measure, now }), cache, pause });
};

/** For the function that answers queries: the keys of the deployment that seal cursors, the current one first. */
export const cursorKeys = () => environment('CURSOR_KEYS').split(' ') as [string, ...string[]];

/**
 * The names that a variable holds in full, in JSON, and those that another variable holds by their endings (`adapters/aws/generated-names.ts`).
 * `members` has the construct id of each key in the second one.
 */
const namesIn = (
  full: string,
  endings: string,
  members: readonly (readonly [key: string, id: string])[],
): Readonly<Record<string, string>> => {
  const byEnding = process.env[endings];
  const ids = members.map(([, id]) => id);
  const found = byEnding === undefined ? new Map<string, string>() : namesFrom(JSON.parse(byEnding), ids);
  const named = members.flatMap(([key, id]) => (found.has(id) ? [[key, found.get(id)] as const] : []));
  return { ...Object.fromEntries(named), ...JSON.parse(environment(full)) };
};

export const readModels = (cursorKeys?: CursorKeys) => {
  const members = domain.projections.map((projection) => [tableKey(projection), tableId(projection)] as const);
  return dynamoReadModels({ client, tables: namesIn('READ_MODELS', 'READ_MODEL_ENDINGS', members), cursorKeys });
};

/** For the functions that have read models. */
export const stores = (cursorKeys?: CursorKeys) => ({
  eventStore: eventStore(),
  readModels: readModels(cursorKeys),
  now,
  pause,
  knows: knownBy(domain),
});

/** For the functions that need the serving revision of a projection. */
export const pointers = () => dynamoPointers({ client, table: environment('POINTERS_TABLE') });

/** For the function that starts rebuilds. */
export const rebuilds = () => stepFunctionsRebuilds({ client: stepFunctions(), stateMachineArn: environment('REBUILD_MACHINE') });

/** For the functions of the sagas: the state machines, their tasks, and the table of the waiting steps. */
export const sagaMachines = () => {
  const members = sagasOf(domain).map((saga) => [machineName(saga), machineName(saga)] as const);
  return { client: stepFunctions(), machines: namesIn('SAGA_MACHINES', 'SAGA_MACHINE_ENDINGS', members) };
};
/** Differs between two releases if one knows a step, a command or an event that the other does not know. */
export const release = () => hash('sha256', knowledgeOf(domain)).slice(0, 16);
export const sagaTasks = () => ({ client: stepFunctions() });
export const sagaTable = () => ({ client, table: environment('SAGA_TABLE'), now });

/** For the function of the reactions: the table of the commands that were refused. */
/** Whether this function has that table. */
export const sendsCommands = (): boolean => process.env['PARKED_COMMANDS'] !== undefined;
export const parkedCommands = () => ({ client, table: environment('PARKED_COMMANDS') });

/** For the function of the schedules: how far they have come. The table exists if one of them sends all missed times. */
export const schedulePositions = () => ({ client, table: process.env['SCHEDULE_POSITIONS'] ?? '' });
/** For the function of the reminders. */
export const schedules = () =>
  schedulerSchedules({ client: known(new SchedulerClient(patience)), place: JSON.parse(environment('SCHEDULES')), now });
/** For the function of the webhooks: reads the secret of each. A provider waits, and delivers again: two tries are enough. */
export const storedSecrets = () => {
  const client = known(new SecretsManagerClient({ ...patience, maxAttempts: 2 }));
  return secretVersions({ client, arns: JSON.parse(environment('WEBHOOK_SECRETS')) });
};

/** For the function of the inboxes: which inbox a queue is of, by its ARN; undefined for another queue. */
export const inboxQueues = (): ((queue: string) => string | undefined) => {
  const byQueue = new Map(Object.entries<string>(JSON.parse(environment('INBOX_QUEUES'))).map(([inbox, queue]) => [queue, inbox]));
  return (queue) => byQueue.get(queue);
};

/** For the function that anchors: the log and the store of anchors. The timeout is long, because a part may have several megabytes. */
export const chainLog = () => dynamoChainLog({ client, table: environment('EVENTS_TABLE') });
export const anchors = () => {
  const requestHandler = { ...patience.requestHandler, requestTimeout: 20_000 };
  return s3Anchors({ client: known(new S3Client({ ...patience, requestHandler })), bucket: environment('ANCHOR_BUCKET') });
};

/** For the functions that read the whole log each day. */
export const pace = () => ({
  unitsPerSecond: Number(environment('AUDIT_UNITS_PER_SECOND')),
  taken: readMeter(client),
  wait: (milliseconds: number) => setTimeout(milliseconds),
  now,
});

/** The time at which two thirds of an invocation's time are used. The rest is for the work in progress. */
export const timeIsUp = ({ getRemainingTimeInMillis }: Context): Date => new Date(now().getTime() + (getRemainingTimeInMillis() * 2) / 3);

/** For the function that publishes. */
export const bus = () =>
  measuredBus(eventBridgeBus({ client: known(new EventBridgeClient(patience)), busName: environment('EVENT_BUS'), pause }), measure);

/** For a function that calls third parties: those that it calls, with their credentials and limits. */
export const thirdParties = (calls: readonly AnyCalls[]) => {
  const { CALL_SECRETS: arns, CIRCUITS_TABLE: table } = process.env;
  return thirdPartiesOf({
    ...{ calls, endpoints: JSON.parse(environment('ENDPOINTS')), now, measure },
    secrets: arns === undefined ? undefined : { client: known(new SecretsManagerClient(patience)), arns: JSON.parse(arns) },
    circuits: table === undefined ? undefined : { client, table },
    wait: (milliseconds) => setTimeout(milliseconds),
    ...{ chance: Math.random, newVersion: randomUUID },
  });
};

/** For a function whose calls may have to wait: how a notice comes back later. */
export const callLater = () => {
  const url = process.env['CALL_QUEUE'];
  if (url === undefined) return undefined;
  // The SDK would send to the host of the URL, which is not where the queues of a local system are.
  return laterInQueue({ client: known(new SQSClient({ ...patience, useQueueUrlAsEndpoint: false })), url });
};
