import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { ofService } from '../lib/folders.ts';
import { type Assembly, readAssembly } from './assembly.ts';
import { type Built, type Bundler, openBundler, simulatorsBeside } from './bundles/bundler.ts';
import type { Deployment } from './deployment.ts';
import { tellTools } from './facts.ts';
import type { Issuer } from './issuer.ts';
import { resources } from './resources/index.ts';
import type { Say } from './say.ts';
import { type RunningSimulator, startSimulators } from './simulators/simulators.ts';
import { synthesize } from './synthesize.ts';
import { demandKnownTypes } from './template/deploy.ts';

export interface ServiceOptions {
  readonly port: number;
  readonly domain?: string | undefined;
  readonly keyFolder?: string | undefined;
  readonly tenantClaim?: string | undefined;
  readonly allowedOrigins?: string | undefined;
  readonly assemblyFolder?: string | undefined;
  readonly simulators?: boolean;
  readonly timeScale?: number | undefined;
  readonly dataFolder?: string | undefined;
  readonly toolsFolder?: string | undefined;
  /** Holds what outlives a start, and what is made at each start. */
  readonly folder: string;
  readonly say: Say;
}

/** The service that is run: its sources, and what is made of them. */
export interface Service {
  readonly domainFolder: string;
  readonly isOfDomain: (file: string) => boolean;
  /** What plays the third parties that it calls. */
  readonly simulators: readonly RunningSimulator[];
  /** Makes the bundles of its functions, those that have changed. @throws BuildFailed */
  build(): Promise<Built>;
  /** Synthesizes its app into a folder that is not the given one, which is in use. @throws Error with what the CDK said; AbortError. */
  synthesize(inUse: string | undefined, signal: AbortSignal): Promise<Assembly>;
  /** Stops the simulators, and starts those of another module, or none, with the same books. */
  exchangeSimulators(module: string | undefined): Promise<void>;
  /** Simulators and the tools of the command line learn where the service answers. */
  introduce(deployment: Deployment, issuer: Issuer | undefined): Promise<void>;
  close(): Promise<void>;
}

export const openService = async (options: ServiceOptions): Promise<Service> => {
  const { port, domain = 'domain', folder, timeScale = 1, say, tenantClaim } = options;
  const registry = ofService(domain, 'index.ts');
  const source = simulatorsBeside(registry);
  const hasSimulators = options.simulators ?? options.assemblyFolder === undefined;
  const place = { folder: join(folder, 'stand-ins'), port: port === 0 ? 0 : port + 1, timeScale, say };
  let simulators = hasSimulators ? await startSimulators({ file: source, ...place }) : [];
  let bundler: Bundler | undefined;
  let forget = async (): Promise<void> => {};
  const stopSimulators = () => Promise.all(simulators.map(({ stop }) => stop()));
  const domainFolder = dirname(registry);
  return {
    domainFolder,
    isOfDomain: (file) => file.startsWith(domainFolder + sep),
    get simulators() {
      return simulators;
    },
    build: async () => {
      bundler ??= await openBundler({ folder: join(folder, 'bundles'), registry, simulators: existsSync(source) ? source : undefined });
      return bundler.build();
    },
    synthesize: async (inUse, signal) => {
      const output = [join(folder, 'assembly'), join(folder, 'assembly-next')].find((one) => one !== inUse) as string;
      const endpoints = Object.fromEntries(simulators.map(({ name: party, url }) => [party, url]));
      const { allowedOrigins } = options;
      await synthesize(output, signal, {
        domain: options.domain,
        auth: options.keyFolder !== undefined,
        tenantClaim,
        endpoints,
        allowedOrigins,
      });
      return runnable(output);
    },
    exchangeSimulators: async (file) => {
      await stopSimulators();
      simulators = file === undefined ? [] : await startSimulators({ file, ...place });
    },
    introduce: async (deployment, issuer) => {
      const { host, outputs } = deployment;
      const { url } = host.door;
      for (const { answerTo } of simulators) answerTo(url, issuer, tenantClaim);
      const isKept = options.dataFolder !== undefined;
      const place = isKept ? folder : options.toolsFolder;
      if (place !== undefined) forget = await tellTools(place, { outputs, host, simulators, url, domain: options.domain, isKept });
    },
    close: async () => {
      await forget();
      await stopSimulators();
      await bundler?.dispose();
    },
  };
};

/** An assembly that this machine can run. @throws Error that names what it cannot. */
export const runnable = (folder: string): Assembly => {
  const assembly = readAssembly(folder);
  demandKnownTypes(assembly.template, resources);
  return assembly;
};
