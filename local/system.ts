import { join, resolve } from 'node:path';
import { isBundleKey } from '../lib/bundle-options.ts';
import { type Assembly, codeKeys, contents, tokenShapeOf } from './assembly.ts';
import type { Built } from './bundles/bundler.ts';
import type { Registry } from './bundles/registry.ts';
import { defaultCredentialsFile, localCredentials } from './credentials.ts';
import { claimFolder, passingFolder } from './data-folder.ts';
import { deleteTablesOf, deployAssembly, type Ground, passingName } from './deployment.ts';
import { startEngine } from './engine.ts';
import { listenerName, openNeighbours } from './events/neighbours.ts';
import { openDoor } from './http/door.ts';
import { openInspector } from './inspector.ts';
import { openIssuer, shapeTokens } from './issuer.ts';
import type { Say, Tell } from './say.ts';
import { openService, runnable, type Service } from './service.ts';
import type { RunningSimulator } from './simulators/simulators.ts';
import { undoing } from './undo.ts';
import { type Running, startInnerLoop } from './watch/inner-loop.ts';

export interface SystemOptions {
  /** Where the API listens, on 127.0.0.1; 0 for any free port. */
  readonly port: number;
  /** Where data is kept between starts; absent: nothing is kept. */
  readonly dataFolder?: string | undefined;
  /** Where the tools of the command line find a system that keeps nothing, in a folder of its own; absent: they do not find it. */
  readonly toolsFolder?: string | undefined;
  /** Begins without the data that is there. */
  readonly fresh?: boolean;
  /** The folder of the domain to run, where it is not `domain`. */
  readonly domain?: string | undefined;
  /** The folder of the key that signs tokens; absent if the API requires no token. */
  readonly keyFolder?: string | undefined;
  /** There are tenants, and this claim of a token says which one its bearer is of. */
  readonly tenantClaim?: string | undefined;
  /** The pages that may call the API from a browser, separated by commas; absent: those of this machine, and those in cdk.json. */
  readonly allowedOrigins?: string | undefined;
  /** A cloud assembly that is synthesized already. */
  readonly assemblyFolder?: string | undefined;
  /** The domain's simulators listen; absent: if the app is synthesized now, for an assembly says by itself whom it calls, and where. */
  readonly simulators?: boolean;
  /** Makes the streams deliver twice, late and out of order, the same way for the same seed. */
  readonly chaosSeed?: number | undefined;
  /** How long a second of a state machine, a schedule or a retry of an event is, in seconds of the clock: 1 if absent. */
  readonly timeScale?: number | undefined;
  /** Takes up each change of the sources; no if absent. It needs a synthesis, and no `assemblyFolder`. */
  readonly watch?: boolean;
  /** With `watch`: the types are checked after each change, too. */
  readonly types?: boolean;
  /** Where a debugger finds this process and its functions, on 127.0.0.1; absent: it finds nothing. */
  readonly inspectPort?: number | undefined;
  /** The file with the secrets of third parties; absent: that in the folder of the user's settings. */
  readonly credentials?: string | undefined;
  /** The URLs of services on this machine whose events the inboxes get. */
  readonly listensTo?: readonly string[];
  /** Gives up starting. */
  readonly signal?: AbortSignal;
  /** Takes what the functions and the runner have to say, line by line. */
  readonly log?: (line: string) => void;
  /** Told what happens, for a log that people read. */
  readonly tell?: Tell;
  /** With `watch`: told what the domain is, at the start and after each change of it. */
  readonly onRegistry?: (registry: Registry) => void;
  /** Told what is being done, and when it is done. */
  readonly onStep?: (title: string, done: Promise<unknown>) => void;
}

export interface System {
  readonly url: string;
  readonly stackName: string;
  /** What plays the third parties that the domain calls. */
  readonly simulators: readonly RunningSimulator[];
  /** Resolves, with the reason, if the system cannot go on. */
  readonly broken: Promise<string>;
  /** Where a debugger attaches, if it may. */
  readonly inspectorUrl: string | undefined;
  stop(): Promise<void>;
}

type OnStop = (stop: () => unknown) => void;

/** Runs the synthesized app on this machine. @throws Error, with nothing left behind, that says what to do about it. */
export const startSystem = async (options: SystemOptions): Promise<System> => {
  const { onStop, undo } = undoing();
  try {
    return { ...(await start(options, onStop)), stop: undo };
  } catch (error) {
    await undo();
    throw error;
  }
};

const start = async (options: SystemOptions, onStop: OnStop): Promise<Omit<System, 'stop'>> => {
  const { port, dataFolder, fresh = false, onStep = () => {}, signal, tell = () => {}, log = () => {} } = options;
  const say: Say = (source, line) => log(`${source} │ ${line}`);
  const { path: folder, release } = await (dataFolder === undefined ? passingFolder() : claimFolder(dataFolder, { fresh }));
  onStop(release);
  const door = await openDoor({ port, onAnswer: (answered) => tell({ type: 'answered', ...answered }) });
  onStop(door.close);
  const neighbours = openNeighbours({
    ...{ folder, name: listenerName(resolve(dataFolder ?? folder)), url: door.url, listensTo: options.listensTo ?? [] },
    say: (line) => say('events', line),
  });
  onStop(neighbours.close);
  door.answer(neighbours.routes);
  const service = await openService({ ...options, folder, say });
  onStop(service.close);
  const [made, engine] = await together(
    (either) => make(options, service, either),
    async () => {
      const started = startEngine({ dataFolder: dataFolder && join(folder, 'engine') });
      onStep('starting DynamoDB', started);
      const engine = await started;
      onStop(engine.stop);
      return engine;
    },
    signal,
  );
  const { assembly, built } = made;
  if (options.keyFolder !== undefined) await shapeTokens(options.keyFolder, tokenShapeOf(assembly));
  const issuer = options.keyFolder === undefined ? undefined : await openIssuer(options.keyFolder);
  const ground: Ground = {
    ...{ engine, door, neighbours, issuer, folder, say, tell, chaosSeed: options.chaosSeed, timeScale: options.timeScale ?? 1 },
    isKept: dataFolder !== undefined,
    isPatient: options.inspectPort !== undefined,
    credentials: localCredentials({
      file: options.credentials ?? defaultCredentialsFile(),
      isSimulated: (endpoint) => service.simulators.some((one) => one.url === endpoint),
    }),
    passingName: passingName(),
  };
  if (engine.external && fresh) await deleteTablesOf(engine, assembly.stackName);
  if (engine.external && !ground.isKept) onStop(() => deleteTablesOf(engine, ground.passingName));
  const inspectorUrl = openInspector(options.inspectPort, onStop);
  const deployed = deployAssembly(ground, assembly, built?.folders ?? new Map());
  onStep(`creating ${contents(assembly)}`, deployed);
  const running: Running = { deployment: await deployed };
  onStop(() => running.deployment.stop());
  signal?.throwIfAborted();
  await service.introduce(running.deployment, issuer);
  const failed = Promise.withResolvers<string>();
  if (options.watch && built !== undefined) {
    const { types = false, onRegistry = () => {} } = options;
    onStop(await startInnerLoop({ service, ground, running, built, types, onBroken: failed.resolve, onRegistry }));
  }
  onStop(door.close); // First of all: a request that comes now would find functions that are stopped.
  const broken = Promise.race([engine.crashed.then(() => 'the DynamoDB engine ended'), failed.promise]);
  return { url: door.url, stackName: assembly.stackName, simulators: service.simulators, broken, inspectorUrl };
};

interface Made {
  readonly assembly: Assembly;
  /** Absent, where the assembly brings the code of all functions. */
  readonly built?: Built;
}

/** The app and the bundles of its functions, both at once. */
const make = async ({ assemblyFolder, onStep = () => {} }: SystemOptions, service: Service, signal: AbortSignal): Promise<Made> => {
  const build = (): Promise<Built> => {
    const built = service.build();
    onStep('bundling the functions', built);
    return built;
  };
  if (assemblyFolder !== undefined) {
    const assembly = runnable(assemblyFolder);
    return codeKeys(assembly).some(isBundleKey) ? { assembly, built: await build() } : { assembly };
  }
  const synthesized = service.synthesize(undefined, signal);
  onStep('synthesizing the app', synthesized);
  const [assembly, built] = await Promise.all([synthesized, build()]);
  return { assembly, built };
};

/** Runs both at once. If one fails, the other is stopped and waited for, so that it leaves nothing behind. */
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
