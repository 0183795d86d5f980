import { join } from 'node:path';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { aliasesFor, making, tracer } from './bundle-options.ts';
import { bundleShims } from './bundle-shims.ts';
import { packageFolder } from './folders.ts';

const flags = (aliases: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(aliases).map(([name, file]) => [`--alias:${name}`, file]));

/**
 * Options for two ES modules: `index.mjs`, which holds everything except the tracer, and the tracer. esbuild is a dependency of the
 * project, so bundling needs neither Docker nor a network. `domain` is the file that the functions import as `#domain`.
 */
export const functionBundle = (domain: string): BundlingOptions => ({
  format: OutputFormat.ESM,
  target: making.target,
  mainFields: [...making.mainFields],
  banner: making.banner,
  // The functions run with the SDK that was tested, and not with the one of the Lambda runtime.
  bundleAwsSDK: true,
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  logLevel: LogLevel.WARNING,
  externalModules: [tracer.file],
  esbuildArgs: {
    ...flags(aliasesFor(domain)),
    [`--alias:${tracer.name}`]: tracer.file,
  },
  commandHooks: { beforeBundling: () => [], beforeInstall: () => [], afterBundling: (_, folder) => [tracerCommand(folder)] },
});

/** The command that bundles the tracer with the same options. */
const tracerCommand = (folder: string): string =>
  [
    ...[`"${join(packageFolder('esbuild'), 'bin/esbuild')}"`, `"${tracer.source}"`, `--outfile="${folder}/${tracer.file}"`],
    ...['--bundle', '--platform=node', '--format=esm', '--minify', '--sourcemap', '--sources-content=false', '--log-level=warning'],
    ...[`--target=${making.target}`, `--main-fields=${making.mainFields}`, `--banner:js="${making.banner}"`],
    ...Object.entries(flags(bundleShims)).map(([flag, file]) => `"${flag}=${file}"`),
  ].join(' ');
