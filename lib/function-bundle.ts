import { join } from 'node:path';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { bundleShims } from './bundle-shims.ts';
import { ownModule, packageFolder } from './folders.ts';

/** How a bundle is made, whoever makes it: bench/measures/bundles.ts does, too. */
export const making = {
  target: 'node24',
  /** Takes a dependency's ES modules where it has both kinds: a smaller bundle, and imported in less than half the time. */
  mainFields: ['module', 'main'],
  /** A dependency that is CommonJS all the same may call `require`, which an ES module does not have. */
  banner: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
} as const;

/** A module of its own, beside the bundle that imports it: few invocations are traced, and the others do not read it. */
export const tracer = { name: '#tracer', source: ownModule('adapters/lambda/tracer'), file: './tracer.mjs' } as const;

const aliases = Object.fromEntries(Object.entries(bundleShims).map(([name, file]) => [`--alias:${name}`, file]));

/**
 * ES modules: `index.mjs` with everything in it but the tracer, and that one. esbuild is a dependency of the project: neither Docker nor
 * a network is asked. `domain` is the file that the functions know as `#domain`.
 */
export const functionBundle = (domain: string): BundlingOptions => ({
  format: OutputFormat.ESM,
  target: making.target,
  mainFields: [...making.mainFields],
  banner: making.banner,
  // What was tested is what runs, and not the SDK that the runtime happens to bring.
  bundleAwsSDK: true,
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  logLevel: LogLevel.WARNING,
  externalModules: [tracer.file],
  esbuildArgs: {
    ...aliases,
    '--alias:#domain': domain,
    '--alias:foldstream': ownModule('core/define'),
    [`--alias:${tracer.name}`]: tracer.file,
  },
  commandHooks: { beforeBundling: () => [], beforeInstall: () => [], afterBundling: (_, folder) => [tracerCommand(folder)] },
});

/** Makes the tracer in the same way. */
const tracerCommand = (folder: string): string =>
  [
    ...[`"${join(packageFolder('esbuild'), 'bin/esbuild')}"`, `"${tracer.source}"`, `--outfile="${folder}/${tracer.file}"`],
    ...['--bundle', '--platform=node', '--format=esm', '--minify', '--sourcemap', '--sources-content=false', '--log-level=warning'],
    ...[`--target=${making.target}`, `--main-fields=${making.mainFields}`, `--banner:js="${making.banner}"`],
    ...Object.entries(aliases).map(([flag, file]) => `"${flag}=${file}"`),
  ].join(' ');
