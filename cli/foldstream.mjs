#!/usr/bin/env node
// The command `foldstream`. It starts on any Node from 20 on, and runs itself on the pinned one, in the folder of the service.
// Plain JavaScript without imports from node_modules.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demandNode20, fromBuild, fromSources, install, isInstalled, launch, nodeIn, stop } from './launch.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const isSource = existsSync(join(here, 'main.ts'));
const [verb] = process.argv.slice(2);

/** The team's repository: the nearest folder that has a `cdk.json`, from here upwards. */
const serviceFrom = (folder) => {
  if (existsSync(join(folder, 'cdk.json'))) return folder;
  return dirname(folder) === folder ? undefined : serviceFrom(dirname(folder));
};

/** The Node that this package pins; another one of its major version will do where install scripts are forbidden. */
const pinnedNode = () => {
  try {
    const node = nodeIn(dirname(createRequire(import.meta.url).resolve('node/package.json', { paths: [here, process.cwd()] })));
    if (existsSync(node)) return node;
  } catch {
    // The package `node` is not there.
  }
  // The files of a new service are written by any Node; npm brings the pinned one into the service.
  if (verb === 'new' || Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  return stop(
    `Foldstream runs on Node 24, and this one is ${process.version}: npm install --save-dev node@24, and let it run its install script ("allowScripts": { "node": true } in package.json); or run this on Node 24 or newer.`,
  );
};

demandNode20();
const service = verb === 'new' ? undefined : serviceFrom(process.cwd());
if (service !== undefined && existsSync(join(service, 'package-lock.json')) && !isInstalled(service)) install(service);

const node = pinnedNode();
launch(node, [join(here, isSource ? 'main.ts' : '../dist/cli/main.js'), ...process.argv.slice(2)], {
  cwd: service ?? process.cwd(),
  first: [dirname(node), join(service ?? root, 'node_modules', '.bin')],
  env: { INIT_CWD: process.env.INIT_CWD ?? process.cwd(), ...(isSource ? fromSources : fromBuild) },
});
