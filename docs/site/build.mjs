// npm run docs: builds the site of docs/ and of the API reference into docs/site/out. A dead link fails the build.
// TypeDoc reads the sources with the compiler of this folder: it needs the API of TypeScript 6, which TypeScript 7 has no more.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const packagesOf = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).packages;

const isInstalled = () => {
  if (!existsSync(new URL('node_modules/.package-lock.json', import.meta.url))) return false;
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, wanted]) => path === '' || wanted.optional || installed[path]?.version === wanted.version,
  );
};

const run = (command, args, options) => {
  const { status } = spawnSync(command, args, { cwd: here, stdio: 'inherit', ...options });
  if (status !== 0) process.exit(status ?? 1);
};

if (!isInstalled()) run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { shell: process.platform === 'win32' });
run(process.execPath, ['node_modules/typedoc/bin/typedoc', ...process.argv.slice(2)]);
