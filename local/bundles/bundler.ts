import { rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { type BuildOptions, type BuildResult, context, type Message, type Metafile } from 'esbuild';
import { aliasesFor, bundleKey, entryNames, entryOf, making, tracer } from '../../lib/bundle-options.ts';
import { rules } from '../../lib/bundle-shims.ts';
import { ownModule } from '../../lib/folders.ts';
import { dependenciesApart } from './dependencies.ts';
import { outputsIn } from './outputs.ts';

/** What one build made. Each name of a file or folder holds a hash of its contents, so nothing that runs is ever overwritten. */
export interface Built {
  /** The folder of each function's code, by the key of the code. */
  readonly folders: ReadonlyMap<string, string>;
  /** The module of the domain's registry. */
  readonly registry: string;
  /** The module of the domain's simulators, where there is one. */
  readonly simulators: string | undefined;
  /** Absolute paths of the files that went into it, without those of dependencies. */
  readonly inputs: ReadonlySet<string>;
}

export interface Bundler {
  /** Builds what has changed. @throws BuildFailed */
  build(): Promise<Built>;
  dispose(): Promise<void>;
}

export interface BundlerProps {
  /** Emptied first. */
  readonly folder: string;
  /** The module of the domain's registry. */
  readonly registry: string;
  /** The module of the domain's simulators, where there is one. */
  readonly simulators?: string | undefined;
}

/** The sources cannot be built. The message has a line for each reason, with file, line and column. */
export class BuildFailed extends Error {
  override readonly name = 'BuildFailed';
}

/**
 * Makes the bundles of all functions with the options of the deployed ones, but unminified, and with one build for all of them: what
 * several functions share is parsed and written once. A later build parses only the files that have changed since, and no dependency.
 */
export const openBundler = async ({ folder, registry, simulators }: BundlerProps): Promise<Bundler> => {
  await rm(folder, { recursive: true, force: true });
  const entries = {
    ...Object.fromEntries(entryNames().map((name) => [name, entryOf(name)])),
    [registryEntry]: ownModule('local/bundles/registry-thread'),
    ...(simulators === undefined ? {} : { [simulatorsEntry]: simulators }),
  };
  const options = optionsFor(registry);
  const dependencies = dependenciesApart({ folder, options });
  const building = await context({ ...options, ...outputsFor(entries, folder), plugins: [dependencies.plugin] });
  const keep = outputsIn(folder);
  const rebuild = async () => {
    const made = await building.rebuild();
    return (await dependencies.bundleNew()) ? building.rebuild() : made;
  };
  return {
    build: async () => {
      const { metafile, outputFiles } = await rebuild().catch(fail);
      await keep(outputFiles);
      return builtOf(metafile);
    },
    dispose: () => building.dispose(),
  };
};

const registryEntry = '-registry';
const simulatorsEntry = '-simulators';

const outputsFor = (entries: Readonly<Record<string, string>>, folder: string) =>
  ({
    entryPoints: Object.entries(entries).map(([name, file]) => ({ in: file, out: `${name}/index` })),
    outdir: folder,
    entryNames: '[dir]-[hash]/[name]',
    metafile: true,
    write: false, // esbuild would delete what the build before it has written, and the functions run that.
  }) satisfies BuildOptions;

const optionsFor = (registry: string) =>
  ({
    chunkNames: 'shared/[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: making.target,
    mainFields: [...making.mainFields],
    banner: { js: making.banner },
    // The domain's tests and the framework's sources have this package under its name.
    alias: { ...aliasesFor(registry), [tracer.name]: tracer.source, [rules.name]: rules.source },
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'silent',
  }) satisfies BuildOptions;

const builtOf = ({ inputs, outputs }: Metafile): Built => {
  const modules = new Map<string, string>();
  for (const [file, { entryPoint }] of Object.entries(outputs)) {
    const [, name] = /([^/\\]+)-[A-Z0-9]+[/\\]index\.mjs$/.exec(file) ?? [];
    if (entryPoint !== undefined && name !== undefined) modules.set(name, resolve(file));
  }
  const functions = [...modules].filter(([name]) => !name.startsWith('-'));
  return {
    folders: new Map(functions.map(([name, file]) => [bundleKey(name), dirname(file)])),
    registry: modules.get(registryEntry) ?? '',
    simulators: modules.get(simulatorsEntry),
    inputs: new Set(
      Object.keys(inputs)
        .filter((file) => !/(^|[/\\])node_modules[/\\]/.test(file))
        .map((file) => resolve(file)),
    ),
  };
};

const fail = (error: unknown): never => {
  const { errors = [] } = error as Partial<BuildResult>;
  throw errors.length === 0 ? error : new BuildFailed(errors.map(reasonOf).join('\n'), { cause: error });
};

/** `domain/booking/decider.ts:12:5: Expected ";" but found "}"`, with the line itself below. */
const reasonOf = ({ location, text }: Message): string => {
  if (location === null) return text;
  const { file, line, column, lineText } = location;
  const place = relative(process.cwd(), resolve(file));
  return `${place}:${line}:${column + 1}: ${text}\n    ${lineText.trim()}`;
};

/** Where the module of a domain's simulators is, beside its registry. */
export const simulatorsBeside = (registry: string): string => join(dirname(registry), 'simulators.ts');
