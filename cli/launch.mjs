// What the two launchers share: scripts/run.mjs in this repository, cli/foldstream.mjs in a team's. Plain JavaScript without imports from
// node_modules: a launcher starts on any Node from 20 on, before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';

export const stop = (message) => {
  console.error(message);
  process.exit(1);
};

const packagesOf = (root, lockFile) => JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages;

/** Whether npm has installed what the lock file asks for. */
export const isInstalled = (root) => {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false;
  const installed = packagesOf(root, 'node_modules/.package-lock.json');
  return Object.entries(packagesOf(root, 'package-lock.json')).every(
    ([path, wanted]) => path === '' || wanted.optional || wanted.devOptional || installed[path]?.version === wanted.version,
  );
};

export const install = (root) => {
  console.error('Installing dependencies (npm ci) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) stop('npm ci did not succeed: see above. Then run the same command again.');
};

export const demandNode20 = () => {
  if (Number(process.versions.node.split('.')[0]) < 20) stop(`Node 20 or newer is needed to begin; this is ${process.version}.`);
};

/** The binary in the folder of the npm package `node`. */
export const nodeIn = (folder) => join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Node keeps there what it has compiled, so that the next command starts in half of the time. */
const compileCache = (folder) => {
  const isOwn = process.env.NODE_COMPILE_CACHE !== undefined || !existsSync(join(folder, 'node_modules'));
  return isOwn ? {} : { NODE_COMPILE_CACHE: join(folder, 'node_modules/.cache/foldstream') };
};

/** Runs a Node with these arguments; this process ends as it does. `first` are folders that come first in the PATH. */
export const launch = (node, args, { cwd, first, env = {} }) => {
  const child = spawn(node, args, {
    cwd,
    stdio: 'inherit',
    env: {
      ...process.env,
      CDK_DISABLE_VERSION_CHECK: '1',
      ...compileCache(cwd),
      ...env,
      PATH: [...first, process.env.PATH].join(delimiter),
    },
  });
  // Ctrl-C reaches the child by itself (same terminal); other ways to end this process are passed on.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  // This process's parent may be killed outright; then nothing else would stop the child.
  const parent = process.ppid;
  if (parent > 1) setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1_000).unref();
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
};

/** An installed package has no sources. */
const withoutSources = (process.env.NODE_OPTIONS ?? '').replaceAll('--conditions=foldstream-source', '').trim();
export const fromBuild = { NODE_OPTIONS: withoutSources };

/** The sources of this package, where it imports itself by its name. */
export const fromSources = { NODE_OPTIONS: `${withoutSources} --conditions=foldstream-source`.trim() };
