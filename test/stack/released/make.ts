// node scripts/run.mjs test/stack/released/make.ts RELEASE [SETTINGS=ASSEMBLY …]: writes RELEASE.json, which test/stack/released.test.ts
// compares every later state of the code with. Run it in the commit of the release. The assemblies come from this checkout, with the domain
// of the tests. Where another checkout has made one (`npx cdk synth -o ASSEMBLY -c …`), name its folder: dev=/path/to/cdk.out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble } from '../assemble.ts';
import { settings } from './settings.ts';
import { type Stacks, statefulIn } from './stateful.ts';

const [release = '', ...given] = process.argv.slice(2);
const folders = Object.fromEntries(given.map((pair) => pair.split('=', 2) as [string, string]));
const strangers = Object.keys(folders).filter((name) => !Object.hasOwn(settings, name));
if (!/^\d+\.\d+\.\d+$/.test(release) || strangers.length > 0) {
  console.error(`usage: make.ts RELEASE [SETTINGS=ASSEMBLY …], like 0.2.0; SETTINGS is one of ${Object.keys(settings).join(', ')}`);
  process.exit(2);
}

const synthesized = async (name: string): Promise<Stacks> => {
  const outdir = mkdtempSync(join(tmpdir(), 'foldstream-release-'));
  try {
    await assemble(settings[name] ?? {}, outdir);
    return statefulIn(outdir);
  } finally {
    rmSync(outdir, { recursive: true });
  }
};

/** JSON, with a line for each resource: a change of one is a line in a diff. */
const linesOf = (value: unknown, depth = 0): string => {
  if (depth === 3 || value === null || typeof value !== 'object') return JSON.stringify(value);
  const indent = '  '.repeat(depth + 1);
  const entries = Object.entries(value).map(([name, inner]) => `${indent}${JSON.stringify(name)}: ${linesOf(inner, depth + 1)}`);
  return `{\n${entries.join(',\n')}\n${'  '.repeat(depth)}}${depth === 0 ? '\n' : ''}`;
};

const released: Record<string, Stacks> = {};
for (const name of Object.keys(settings)) {
  const folder = folders[name];
  released[name] = folder === undefined ? await synthesized(name) : statefulIn(folder);
}
const file = fileURLToPath(new URL(`${release}.json`, import.meta.url));
writeFileSync(file, linesOf(released));
console.log(file);
