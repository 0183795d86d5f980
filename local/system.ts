import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { type Assembly, contents, pseudoParameters, readAssembly } from './assembly.ts';
import { claimFolder, passingFolder } from './data-folder.ts';
import { type Engine, startEngine } from './engine.ts';
import { putEvents } from './events/event-bus.ts';
import { tellTools } from './facts.ts';
import { createServices } from './http/aws-json.ts';
import { demandFreePort } from './http/gateway.ts';
import { createObjectStore } from './http/object-store.ts';
import { openIssuer } from './issuer.ts';
import { stepFunctions } from './machines/operations.ts';
import type { Host } from './resources/host.ts';
import { resources } from './resources/index.ts';
import { deleteRemovedTables, deleteTables } from './resources/table-deletion.ts';
import { type RunningSimulator, startSimulators } from './simulators/simulators.ts';
import { seeded } from './stream/chaos.ts';
import { synthesize } from './synthesize.ts';
import { demandKnownTypes, deploy } from './template/deploy.ts';

export interface SystemOptions {
  /** Where the API listens, on 127.0.0.1; 0 for any free port. */
  readonly port: number;
  /** Where data is kept between starts; absent: nothing is kept. */
  readonly dataFolder?: string | undefined;
  /** Begins without the data that is there. */
  readonly fresh?: boolean;
  /** The folder of the domain to run, where it is not `domain`. */
  readonly domain?: string | undefined;
  /** The folder of the key that signs tokens; absent: nobody is asked for one. */
  readonly keyFolder?: string | undefined;
  /** There are tenants, and this claim of a token says which one its bearer is of. */
  readonly tenantClaim?: string | undefined;
  /** A cloud assembly that is synthesized already. */
  readonly assemblyFolder?: string | undefined;
  /** The domain's simulators listen; absent: if the app is synthesized now, for an assembly says by itself whom it calls, and where. */
  readonly simulators?: boolean;
  /** Makes the streams deliver twice, late and out of order, the same way for the same seed. */
  readonly chaosSeed?: number | undefined;
  /** How long a second of a state machine, a schedule or a retry of an event is, in seconds of the clock: 1 if absent. */
  readonly timeScale?: number | undefined;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
  /** Takes what the functions and the runner have to say, line by line. */
  readonly log?: (line: string) => void;
  /** Told what is being done, and when it is done. */
  readonly onStep?: (title: string, done: Promise<unknown>) => void;
}

export interface System {
  readonly url: string;
  readonly stackName: string;
  /** Who stands for the third parties that the domain calls. */
  readonly simulators: readonly RunningSimulator[];
  /** Resolves, with the reason, if the system cannot go on. */
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}

type OnStop = (stop: () => unknown) => void;

/** Runs the synthesized app on this machine. @throws Error, with nothing left behind, that says what to do about it. */
export const startSystem = async (options: SystemOptions): Promise<System> => {
  const undo: (() => unknown)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= runAll(undo.reverse());
    return stopped;
  };
  try {
    return { ...(await start(options, (one) => undo.push(one))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const start = async (options: SystemOptions, onStop: OnStop): Promise<Omit<System, 'stop'>> => {
  const { port, dataFolder, fresh = false, onStep = () => {}, signal } = options;
  const { path: folder, release } = await (dataFolder === undefined ? passingFolder() : claimFolder(dataFolder, { fresh }));
  onStop(release);
  await demandFreePort(port);
  const simulators = await simulatorsOf(options, folder, onStop);
  const [assembly, engine] = await together(
    (either) => synthesized(options, { folder, simulators }, either),
    async () => {
      const started = startEngine({ dataFolder: dataFolder && join(folder, 'engine') });
      onStep('starting DynamoDB', started);
      const engine = await started;
      onStop(engine.stop);
      return engine;
    },
    signal,
  );
  const issuer = options.keyFolder === undefined ? undefined : await openIssuer(options.keyFolder);
  const host = { ...(await createHost(options, { folder, assembly, engine }, onStop)), issuer };
  const deployed = deploy({ ...resources, template: assembly.template, host, pseudoParameters: pseudoParameters(assembly), onStop });
  onStep(`creating ${contents(assembly)}`, deployed);
  const outputs = await deployed;
  await deleteRemovedTables(host, assembly.template);
  signal?.throwIfAborted();
  const [gateway] = host.gateways.values();
  if (gateway === undefined) throw new Error('The app has no HTTP API: there is nothing to listen to.');
  for (const { answerTo } of simulators) answerTo(gateway.url, issuer, options.tenantClaim);
  if (dataFolder !== undefined) onStop(await tellTools(folder, { outputs, host, simulators, url: gateway.url, domain: options.domain }));
  return { url: gateway.url, stackName: assembly.stackName, simulators, broken: engine.crashed.then(() => 'the DynamoDB engine ended') };
};

/** They listen before the app is synthesized, for it has to say where they are. */
const simulatorsOf = async (options: SystemOptions, folder: string, onStop: OnStop): Promise<readonly RunningSimulator[]> => {
  const { assemblyFolder, domain, port, timeScale = 1, log = () => {} } = options;
  if (!(options.simulators ?? assemblyFolder === undefined)) return [];
  const place = { folder: join(folder, 'stand-ins'), port: port === 0 ? 0 : port + 1, timeScale };
  const simulators = await startSimulators({ domain, ...place, say: (source, line) => log(`${source} │ ${line}`) });
  for (const { stop } of simulators) onStop(stop);
  return simulators;
};

const synthesized = async (
  { assemblyFolder, domain, keyFolder, tenantClaim, onStep = () => {} }: SystemOptions,
  { folder, simulators }: { readonly folder: string; readonly simulators: readonly RunningSimulator[] },
  signal: AbortSignal,
): Promise<Assembly> => {
  const output = assemblyFolder ?? join(folder, 'assembly');
  if (assemblyFolder === undefined) {
    const endpoints = Object.fromEntries(simulators.map(({ name, url }) => [name, url]));
    const done = synthesize(output, signal, { domain, auth: keyFolder !== undefined, tenantClaim, endpoints });
    onStep('synthesizing the app', done);
    await done;
  }
  const assembly = readAssembly(output);
  demandKnownTypes(assembly.template, resources);
  return assembly;
};

/** Both at once; if one fails the other is told to stop, and is waited for, so that it leaves nothing behind. */
const together = async <A, B>(
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
  signal: AbortSignal = new AbortController().signal,
): Promise<[A, B]> => {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const both: [Promise<A>, Promise<B>] = [first(either), second(either)];
  try {
    return await Promise.all(both);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(both);
    throw error;
  }
};

const createHost = async (
  { port, dataFolder, fresh, chaosSeed, timeScale = 1, log = () => {} }: SystemOptions,
  { folder, assembly, engine }: { readonly folder: string; readonly assembly: Assembly; readonly engine: Engine },
  onStop: OnStop,
): Promise<Host> => {
  const { account, region, assetFolder, stackName } = assembly;
  const { endpoint } = engine;
  const settings = { endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const [dynamodb, streams] = [new DynamoDBClient(settings), new DynamoDBStreamsClient(settings)];
  for (const client of [dynamodb, streams]) onStop(() => client.destroy());
  // Nothing is kept of these tables, so they must not be the tables of a system that keeps its own.
  const namePrefix = dataFolder === undefined ? `memory-${randomUUID().slice(0, 8)}-${stackName}` : stackName;
  if (engine.external && fresh) await deleteTables(dynamodb, namePrefix);
  if (engine.external && dataFolder === undefined) onStop(() => deleteTables(dynamodb, namePrefix));
  const say: Host['say'] = (source, line) => log(`${source} │ ${line}`);
  const place = {
    account,
    region,
    assetFolder,
    namePrefix,
    endpoint,
    dynamodb,
    streams,
    stateFolder: folder,
    port,
    chaosSeed,
    timeScale,
    say,
  };
  const { url, operations, close } = await createServices();
  onStop(close);
  const shared = nothingYet();
  const objects = await createObjectStore(shared.buckets);
  onStop(objects.close);
  const chaos = chaosSeed === undefined ? undefined : seeded(chaosSeed);
  for (const [target, operation] of stepFunctions(shared.machines)) operations.set(target, operation);
  operations.set('AWSEvents.PutEvents', putEvents(shared.buses, { account, region, chaos }));
  return { ...place, ...shared, services: url, objects: objects.url };
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
  }) satisfies Partial<Host>;

/** Each one, even if the one before it failed. */
const runAll = async (steps: readonly (() => unknown)[]): Promise<void> => {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `the system did not stop properly: ${errors.map(String).join(', ')}`);
};
