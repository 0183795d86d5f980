import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { type Assembly, pseudoParameters } from './assembly.ts';
import type { LocalCredentials } from './credentials.ts';
import type { Engine } from './engine.ts';
import { type BusRule, publish, putEvents } from './events/event-bus.ts';
import type { Neighbours } from './events/neighbours.ts';
import { createServices, type Operation } from './http/aws-json.ts';
import type { Door } from './http/door.ts';
import { createObjectStore } from './http/object-store.ts';
import { queueService } from './http/queue-service.ts';
import { ServiceError } from './http/service-error.ts';
import type { Issuer } from './issuer.ts';
import { stepFunctions } from './machines/operations.ts';
import type { Host } from './resources/host.ts';
import { resources } from './resources/index.ts';
import { deleteRemovedTables, deleteTables } from './resources/table-deletion.ts';
import type { Say, Tell } from './say.ts';
import { seeded } from './stream/chaos.ts';
import { deploy, type Outputs } from './template/deploy.ts';
import { undoing } from './undo.ts';

/** What every deployment of a system shares. */
export interface Ground {
  readonly engine: Engine;
  readonly door: Door;
  readonly neighbours: Neighbours;
  readonly issuer: Issuer | undefined;
  /** Holds what outlives a start. */
  readonly folder: string;
  /** Data outlives the system. */
  readonly isKept: boolean;
  readonly chaosSeed: number | undefined;
  readonly timeScale: number;
  readonly isPatient: boolean;
  /** The secrets of third parties. */
  readonly credentials: LocalCredentials;
  /** Begins the names of what is not kept. */
  readonly passingName: string;
  readonly say: Say;
  readonly tell: Tell;
}

/** The resources of one template, as they run. */
export interface Deployment {
  readonly assembly: Assembly;
  readonly outputs: Outputs;
  readonly host: Host;
  /** Gives functions other code; by the key of the code. What runs ends with the code that it began with. */
  switchCode(folders: ReadonlyMap<string, string>): void;
  stop(): Promise<void>;
}

/** Where the code of the functions is, by its key; a key that is not there is an asset of the assembly. */
export type CodeFolders = ReadonlyMap<string, string>;

/** Names of tables that nothing is kept of, so that they are not those of a system that keeps its own. */
export const passingName = (): string => `memory-${randomUUID().slice(0, 8)}`;

/** Creates and starts everything in the template. Requests are answered when it resolves. @throws Error, with nothing left running. */
export const deployAssembly = async (ground: Ground, assembly: Assembly, code: CodeFolders): Promise<Deployment> => {
  const { onStop, undo } = undoing();
  try {
    const host = await createHost(ground, { assembly, code }, onStop);
    const { template } = assembly;
    const outputs = await deploy({ ...resources, template, host, pseudoParameters: pseudoParameters(assembly), onStop });
    hearNeighbours(ground.neighbours, rulesOfInboxes(host, String(outputs['EventBus'])));
    await deleteRemovedTables(host, template);
    if (host.gateways.size === 0) throw new Error('The app has no HTTP API: there is nothing to listen to.');
    const switchCode = (folders: CodeFolders): void => {
      for (const [key, folder] of folders) for (const switchTo of host.switches.get(key) ?? []) switchTo(folder);
    };
    return { assembly, outputs, host, switchCode, stop: undo };
  } catch (error) {
    await undo();
    throw error;
  }
};

/** The rules of all buses but the service's own one: of those that others send to. */
const rulesOfInboxes = ({ buses }: Host, own: string): readonly BusRule[] =>
  [...new Set([...buses].flatMap(([bus, rules]) => (bus === own || buses.get(own) === rules ? [] : [rules])))].flat();

const hearNeighbours = (neighbours: Neighbours, rules: readonly BusRule[]): void => {
  const sources = [...new Set(rules.flatMap((rule) => rule.sources))].sort();
  if (sources.length > 0) neighbours.hear(sources, (event) => publish(rules, event));
};

const createHost = async (
  ground: Ground,
  { assembly, code }: { readonly assembly: Assembly; readonly code: CodeFolders },
  onStop: (stop: () => unknown) => void,
): Promise<Host> => {
  const { account, region, stackName } = assembly;
  const { engine, door, issuer, folder, isKept, chaosSeed, timeScale, isPatient, credentials, say, tell } = ground;
  const { endpoint } = engine;
  const settings = { endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const [dynamodb, streams] = [new DynamoDBClient(settings), new DynamoDBStreamsClient(settings)];
  for (const client of [dynamodb, streams]) onStop(() => client.destroy());
  const shared = nothingYet();
  const { url: services, operations, close } = await createServices(shared);
  onStop(close);
  const objects = await createObjectStore(shared.buckets);
  onStop(objects.close);
  const chaos = chaosSeed === undefined ? undefined : seeded(chaosSeed);
  for (const [target, operation] of stepFunctions(shared.machines)) operations.set(target, operation);
  for (const [target, operation] of queueService({ account, region, ...shared })) operations.set(target, operation);
  operations.set('secretsmanager.GetSecretValue', secretValue(shared.secrets));
  operations.set('AWSEvents.PutEvents', putEvents(shared.buses, { account, region, chaos, tell: ground.neighbours.tell }));
  return {
    ...{ account, region, endpoint, dynamodb, streams, door, issuer, chaosSeed, timeScale, isPatient, credentials, say, tell, services },
    assetFolder: (key) => code.get(key) ?? assembly.assetFolder(key),
    namePrefix: isKept ? stackName : `${ground.passingName}-${stackName}`,
    stateFolder: folder,
    objects: objects.url,
    ...shared,
  };
};

/** What Secrets Manager says. No secret has had another value here. */
const secretValue =
  (secrets: Host['secrets']): Operation =>
  ({ SecretId, VersionStage }: { readonly SecretId: string; readonly VersionStage?: string }) => {
    const textOf = VersionStage === 'AWSPREVIOUS' ? undefined : secrets.get(SecretId);
    if (textOf === undefined) throw new ServiceError('ResourceNotFoundException', 'there is no such secret');
    return { ARN: SecretId, SecretString: textOf() };
  };

/** What the resources will put there. */
const nothingYet = () =>
  ({
    asyncInvocations: new Map(),
    buckets: new Map(),
    buses: new Map([['default', []]]),
    deadLetters: new Map(),
    functions: new Map(),
    gateways: new Map(),
    machines: new Map(),
    queues: new Map(),
    scheduleGroups: new Map(),
    secrets: new Map(),
    switches: new Map(),
  }) satisfies Partial<Host>;

/** Deletes the tables of a system from an engine that outlives it. */
export const deleteTablesOf = async (engine: Engine, namePrefix: string): Promise<void> => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: engine.endpoint, region: 'us-east-1', credentials });
  await deleteTables(client, namePrefix).finally(() => client.destroy());
};
