// Installs the bench's own dependencies where they are missing or out of date, then runs it. The inner loop needs none of them.
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

const isInnerLoop = process.argv[2] === 'inner-loop';
if (!isInnerLoop && !isInstalled()) {
  console.error('Installing the stores that are measured (npm ci) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: here,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error('npm ci did not succeed: see above. Then run the same command again.');
    process.exit(1);
  }
}

await import(isInnerLoop ? './inner-loop.ts' : './main.ts');
