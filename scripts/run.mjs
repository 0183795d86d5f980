// Runs a command of this project on its pinned Node, installing what is missing or out of date first.
// Plain JavaScript without imports from node_modules: it must work on a machine that has only Node 20+ and npm.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demandNode20, fromSources, install, isInstalled, launch, nodeIn, stop } from '../cli/launch.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pinnedNode = nodeIn(join(root, 'node_modules/node'));

demandNode20();
// npm says what it installed; the pinned Node is what an install script of it has brought.
if (!existsSync(pinnedNode) || !isInstalled(root)) install(root);
if (!existsSync(pinnedNode))
  stop('npm ci has not installed the pinned Node: does it run install scripts? Then run the same command again.');

launch(pinnedNode, process.argv.slice(2), { cwd: root, first: [join(root, 'node_modules', '.bin')], env: fromSources });
