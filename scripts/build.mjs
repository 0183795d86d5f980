// Builds the package: `dist/` is what a team runs, because Node strips no types in node_modules. Plain JavaScript, because npm runs it on
// any Node.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, isInstalled } from '../cli/launch.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rooms = ['adapters', 'cli', 'core', 'lambdas', 'lib', 'local', 'testing'];

if (!isInstalled(root)) install(root);
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
rmSync(join(root, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(1);

// The Lambdas import the domain of this repository as `#domain`, so the compiler has written it too; a team's bundles have the team's.
rmSync(join(root, 'dist/domain'), { recursive: true, force: true });

/** Files that are no TypeScript modules of ours, beside those that need them: shims of bundles, the engine's settings, the scaffold. */
const isCopied = (file) => /\.(mjs|cjs|xml)$/.test(file) || file.includes(join('new', 'template'));
for (const room of rooms) copy(join(root, room), join(root, 'dist', room));

function copy(from, to) {
  if (!existsSync(from)) return;
  cpSync(from, to, { recursive: true, filter: (file) => !/\.[a-z]+$/.test(file) || isCopied(file) });
}
