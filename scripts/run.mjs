// Runs a command of this project on its pinned Node, installing what is missing or out of date first.
// Plain JavaScript without imports from node_modules: it must work on a machine that has only Node 20+ and npm.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

const stop = (message) => {
  console.error(message);
  process.exit(1);
};

const packagesOf = (lockFile) => JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages;

/** What npm says it installed is what the lock file asks for, and the pinned Node is really there. */
const isInstalled = () => {
  if (!existsSync(pinnedNode) || !existsSync(join(root, 'node_modules/.package-lock.json'))) return false;
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, wanted]) => path === '' || wanted.optional || wanted.devOptional || installed[path]?.version === wanted.version,
  );
};

const install = () => {
  console.error('Installing dependencies (npm ci) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0 || !existsSync(pinnedNode)) stop('npm ci did not succeed: see above. Then run the same command again.');
};

if (Number(process.versions.node.split('.')[0]) < 20) stop(`Node 20 or newer is needed to begin; this is ${process.version}.`);
if (!isInstalled()) install();

const child = spawn(pinnedNode, process.argv.slice(2), {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    CDK_DISABLE_VERSION_CHECK: '1',
    // The sources of this package, where it imports itself by its name.
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --conditions=foldstream-source`.trim(),
    PATH: `${join(root, 'node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
  },
});
// Ctrl-C reaches the child by itself (same terminal); other ways to end this process are passed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
// Whoever started this may be killed outright, and then nobody could stop the child any more.
const parent = process.ppid;
if (parent > 1) setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1_000).unref();
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
