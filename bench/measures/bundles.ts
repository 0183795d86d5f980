import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { making, tracer } from '../../lib/bundle-options.ts';
import { bundleShims, rules } from '../../lib/bundle-shims.ts';
import { interleaved, type Timing } from '../statistics.ts';

export interface BundleCost {
  /** The minified bundle with the SDK, including the modules that are loaded later. */
  readonly bytes: number;
  /** The minified bundle without `@aws-sdk/*` and `@smithy/*`. */
  readonly bytesWithoutSdk: number;
  /** The time of its import in a new process, relative to the import of the bare client's bundle. */
  readonly importRatio: number;
  /** The processor time of that import, relative to the same base. */
  readonly importEffort: number;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const handlers = fileURLToPath(new URL('../handlers', import.meta.url));

/** The entry of the command Lambda, and the modules that it imports. */
const served = { '#domain': join(root, 'test/domain/index.ts'), foldstream: join(root, 'core/define.ts') };

/** The check of the schemas is left out, as in a deployed function. The other shims replace parts of the SDK, which is not here. */
const checks = Object.fromEntries(Object.entries(bundleShims).filter(([name]) => name === rules.name));

const bareClient = join(handlers, 'bare-client.ts');
const asItComes = 'bare DynamoDB client, with all credential providers';

const entryPoints = {
  'bare DynamoDB client': bareClient,
  [asItComes]: bareClient,
  '**this project**, the command Lambda': join(root, 'lambdas/command.ts'),
  '**this project**, a minimal handler': join(handlers, 'foldstream.ts'),
  Castore: join(handlers, 'castore.ts'),
  'Equinox-JS': join(handlers, 'equinox.ts'),
  'event-store-adapter-js': join(handlers, 'event-store-adapter.ts'),
  'raw SDK': join(handlers, 'raw.ts'),
};
export type Bundle = keyof typeof entryPoints;

/** The options of lib/function-bundle.ts, with the same SDK for every store: the project's own. */
const options = (bundle: Bundle, outfile: string, entryPoint: string = entryPoints[bundle]): BuildOptions => ({
  entryPoints: [entryPoint],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: making.target,
  mainFields: [...making.mainFields],
  banner: { js: making.banner },
  external: [tracer.file],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'error',
  alias: { ...projectSdk, ...shimsOf(bundle), [tracer.name]: tracer.file, ...served },
});

const projectSdk = Object.fromEntries(
  ['client-dynamodb', 'lib-dynamodb', 'util-dynamodb'].map((name) => [`@aws-sdk/${name}`, join(root, 'node_modules/@aws-sdk', name)]),
);
/** The shims of this project's bundles. The other stores and the floor get only the shim for the credentials that Lambda does not have. */
const shimsOf = (bundle: Bundle): Readonly<Record<string, string>> => {
  if (bundle === asItComes) return {};
  if (bundle.startsWith('**this project**')) return bundleShims;
  return Object.fromEntries(Object.entries(bundleShims).filter(([name]) => name === '@aws-sdk/credential-provider-node'));
};

export const measureBundles = async (rounds: number): Promise<Readonly<Record<Bundle, BundleCost>>> => {
  const folder = await mkdtemp(join(tmpdir(), 'foldstream-bench-')); // Outside the project, where a bundle finds no node_modules.
  try {
    const names = Object.keys(entryPoints) as Bundle[];
    const files = Object.fromEntries(names.map((name, index) => [name, join(folder, `${index}/index.mjs`)])) as Record<Bundle, string>;
    const sizes = await Promise.all(names.map((name) => sizesOf(name, files[name])));
    for (const name of names) await importTime(files[name]); // The first import of a file reads it from the disk.
    const { times, efforts } = await interleaved<Bundle>(
      rounds,
      'bare DynamoDB client',
      Object.fromEntries(names.map((name) => [name, () => importTime(files[name])])) as Record<Bundle, () => Promise<Timing>>,
    );
    return Object.fromEntries(
      names.map((name, index) => [name, { ...sizes[index], importRatio: times[name], importEffort: efforts[name] }]),
    ) as Record<Bundle, BundleCost>;
  } finally {
    await rm(folder, { recursive: true });
  }
};

const sizesOf = async (bundle: Bundle, file: string): Promise<{ readonly bytes: number; readonly bytesWithoutSdk: number }> => {
  const bare = `${file}.bare.mjs`;
  await build(options(bundle, file));
  const isTraced = entryPoints[bundle].endsWith('lambdas/command.ts');
  const later = join(dirname(file), tracer.file);
  if (isTraced) await build(options(bundle, later, tracer.source));
  const laterBytes = isTraced ? (await stat(later)).size : 0;
  await build({
    ...options(bundle, bare),
    alias: { ...checks, [tracer.name]: tracer.file, ...served },
    external: ['@aws-sdk/*', '@smithy/*', tracer.file],
  });
  return { bytes: (await stat(file)).size + laterBytes, bytesWithoutSdk: (await stat(bare)).size };
};

const script = `
  const [begun, before] = [performance.now(), process.cpuUsage()];
  await import(process.argv[1]);
  const milliseconds = performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ milliseconds, effort: (user + system) / 1000 }));
`;

/** Measured in a new process of its own, as a Lambda runs. */
const importTime = async (file: string): Promise<Timing> => {
  const env = { AWS_REGION: 'eu-central-1', EVENTS_TABLE: 'events', NAMES_TABLE: 'names' };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const answer = await text(child.stdout);
  if (answer === '') throw new Error(`${file} could not be imported`);
  return JSON.parse(answer);
};
