import { isDeepStrictEqual } from 'node:util';
import { ofService } from '../../lib/folders.ts';
import type { Assembly } from '../assembly.ts';
import type { Built } from '../bundles/bundler.ts';
import { readRegistry } from '../bundles/read-registry.ts';
import type { Registry } from '../bundles/registry.ts';
import { type Deployment, deployAssembly, type Ground } from '../deployment.ts';
import type { Service } from '../service.ts';
import { appInputs } from './app-inputs.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { reports } from './reports.ts';
import { treesOf } from './trees.ts';
import { typeChecker } from './type-checker.ts';
import { openWatcher } from './watcher.ts';

/** The deployment that runs. Another one takes its place when the template changes. */
export interface Running {
  deployment: Deployment;
}

export interface InnerLoopProps {
  readonly service: Service;
  readonly ground: Ground;
  readonly running: Running;
  /** What the functions run now. */
  readonly built: Built;
  /** The types are checked after each change. */
  readonly types: boolean;
  /** Called if neither the new template nor the one before it can be deployed. */
  readonly onBroken: (reason: string) => void;
  /** Called with what the domain is, at the start and after each change of it. */
  readonly onRegistry: (registry: Registry) => void;
}

const retryMilliseconds = 2_000;

/**
 * Takes up each change of the sources. The functions get the new code as soon as it is bundled and the domain has been imported once. If the
 * domain asks for other infrastructure, or the app has changed, the app is synthesized beside the running system, and a template that
 * differs is deployed: requests are held, everything is stopped as at the end of a run, and started as at the beginning of one. Code that
 * cannot be built, imported or deployed is reported, and the old code goes on. Returns a function that stops the loop.
 */
export const startInnerLoop = async (props: InnerLoopProps): Promise<() => Promise<void>> => {
  const { service, ground, running, onRegistry } = props;
  const report = reports(ground.say);
  const alone = oneAtATime();
  const types = props.types ? typeChecker(report) : undefined;
  let built = props.built; // What the functions run.
  let latest = built; // What the sources are, if they can be built.
  let registry = await readRegistry(built.registry);
  let deployed = registry;
  let app = await appInputs();
  let appHasChanged = false;
  let synthesis = new AbortController();
  let isBroken = false;
  onRegistry(registry);

  const takeUp = async (files: ReadonlySet<string>): Promise<void> => {
    const touchesApp = [...files].some((file) => app.has(file) && !service.isOfDomain(file));
    if (!isBroken && !touchesApp && ![...files].some((file) => latest.inputs.has(file))) return;
    const began = performance.now();
    try {
      const next = await service.build();
      const isOther = next.registry !== latest.registry;
      latest = next;
      follow();
      registry = isOther || isBroken ? await readRegistry(next.registry) : registry;
    } catch (error) {
      isBroken = true;
      synthesis.abort(); // It would read the same sources.
      return report.refused(error);
    }
    if (isBroken) report.mended();
    isBroken = false;
    onRegistry(registry);
    if (touchesApp) {
      appHasChanged = true;
      app = await appInputs();
      follow();
    }
    const isOther = registry.shape !== deployed.shape || latest.simulators !== built.simulators;
    if (!isOther) report.switched(switchTo(latest), files, performance.now() - began);
    synthesis.abort();
    if (isOther || appHasChanged) void synthesize();
  };

  /** Answers how many functions have other code now. */
  const switchTo = (next: Built): number => {
    const changed = new Map([...next.folders].filter(([key, folder]) => built.folders.get(key) !== folder));
    running.deployment.switchCode(changed);
    built = next;
    return changed.size;
  };

  const synthesize = async (): Promise<void> => {
    synthesis = new AbortController();
    const { signal } = synthesis;
    try {
      const done = exchangedSimulators().then(() => service.synthesize(running.deployment.assembly.folder, signal));
      report.synthesizing(done);
      const assembly = await done;
      await alone(async () => {
        if (!signal.aborted) await adopt(assembly);
      });
    } catch (error) {
      if (!signal.aborted) report.refused(error);
    }
  };
  const exchangedSimulators = async (): Promise<void> => {
    if (latest.simulators !== built.simulators) await service.exchangeSimulators(latest.simulators);
  };

  const adopt = async (assembly: Assembly): Promise<void> => {
    appHasChanged = false;
    if (isDeepStrictEqual(assembly.template, running.deployment.assembly.template)) switchTo(latest);
    else if (!(await redeploy(assembly))) return;
    built = latest;
    deployed = registry;
    await service.introduce(running.deployment, ground.issuer);
  };

  /** True if the new template runs, false if the one before it runs on. */
  const redeploy = async (assembly: Assembly): Promise<boolean> => {
    const before = running.deployment;
    const began = performance.now();
    await ground.door.hold();
    await before.stop();
    try {
      running.deployment = await deployAssembly(ground, assembly, latest.folders);
      report.deployed(before.assembly, assembly, performance.now() - began);
      return true;
    } catch (error) {
      report.refused(error);
      await ground.door.hold();
      running.deployment = await deployAssembly(ground, before.assembly, built.folders);
      return false;
    }
  };

  const watcher = openWatcher((files) => {
    void alone(() => takeUp(files))
      .catch((error: Error) => props.onBroken(`a change could not be taken up: ${error.message}`))
      .then(() => types?.check(files)); // After the switch: the compiler would take both cores of a small machine.
  });
  const follow = (): void => watcher.follow(treesOf([...latest.inputs, ...app], service.domainFolder), ofService());
  follow();
  // A file may have come before it was watched.
  const retry = setInterval(() => isBroken && void alone(() => takeUp(new Set())), retryMilliseconds).unref();
  types?.check(latest.inputs);
  return async () => {
    clearInterval(retry);
    watcher.close();
    synthesis.abort();
    types?.stop();
    await alone(async () => {});
  };
};
