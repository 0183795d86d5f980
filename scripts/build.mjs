// Builds the package: `dist/` is what a team runs, for Node strips no types in node_modules. npm runs this before it packs (`npm pack`) and
// when a team installs a git address. Plain JavaScript, because npm runs it on any Node.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const rooms = ['adapters', 'cli', 'core', 'lambdas', 'lib', 'local', 'testing'];

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
rmSync(join(root, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(1);

// The Lambdas import the domain of this repository as `#domain`, so the compiler has written it too; a team's bundles have the team's.
rmSync(join(root, 'dist/domain'), { recursive: true, force: true });

/** Files that are no TypeScript modules of ours, beside those that need them: shims of bundles, the engine's settings, the scaffold. */
const isCopied = (file) => /\.(mjs|cjs|xml)$/.test(file) || file.includes('template');
for (const room of rooms) copy(join(root, room), join(root, 'dist', room));

function copy(from, to) {
  if (!existsSync(from)) return;
  cpSync(from, to, { recursive: true, filter: (file) => !/\.[a-z]+$/.test(file) || isCopied(file) });
}
