import { join } from 'node:path';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { aliasesFor, making, tracer } from './bundle-options.ts';
import { bundleShims } from './bundle-shims.ts';
import { packageFolder } from './folders.ts';

const flags = (aliases: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(aliases).map(([name, file]) => [`--alias:${name}`, file]));

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
    ...flags(aliasesFor(domain)),
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
    ...Object.entries(flags(bundleShims)).map(([flag, file]) => `"${flag}=${file}"`),
  ].join(' ');
