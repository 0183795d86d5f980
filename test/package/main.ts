// npm run test:package: what a team does with the package, from its tarball on. It makes a service, runs it, builds a hotel in it, and
// upgrades it. It speaks to loopback and to the npm registry alone, works in a folder of its own, and leaves nothing behind.
import assert from 'node:assert/strict';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildHotel, ownEndToEnd, ownResources, refusedApp } from './hotel.ts';
import { endAll, npmStart, outcomeOf, run } from './processes.ts';
import { raised, recordData, upgrade } from './upgrade.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const minutes = 30;

const step = async <T>(title: string, does: () => Promise<T>): Promise<T> => {
  const begun = performance.now();
  try {
    return await does();
  } finally {
    console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${title}`);
  }
};

/** From the first command to the first answer. The time is printed and not asserted: it depends on the machine. */
const firstCurl = async (folder: string, tarball: string): Promise<void> => {
  const begun = performance.now();
  await step('npx --package TARBALL foldstream new shop', () =>
    run(folder, 'npx', '--yes', '--package', tarball, 'foldstream', 'new', 'shop'),
  );
  const shop = join(folder, 'shop');
  await step('npm test', () => run(shop, 'npm', 'test', '--silent'));
  const system = await step('npm start', () => npmStart(shop));
  try {
    const response = await fetch(`${system.url}/task/1/AddTask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Air the room' }),
    });
    assert.equal(response.status, 200, await response.clone().text());
    console.log(
      `        the first curl is answered ${((performance.now() - begun) / 1000).toFixed(0)} s after the first command (aim: 120)`,
    );
    const shown = await fetch(`${system.url}/task-summary/1`, { headers: { 'read-after': 'task-1@1' } });
    assert.equal(((await shown.json()) as { title?: string }).title, 'Air the room');
  } finally {
    await system.stop();
  }
};

const checks = async (shop: string): Promise<void> => {
  await step('npm test', () => run(shop, 'npm', 'test', '--silent'));
  await step('npm run types', () => run(shop, 'npm', 'run', '--silent', 'types'));
  await step('npm run lint', () => run(shop, 'npm', 'run', '--silent', 'lint'));
};

const commandLine = async (folder: string, shop: string, tarball: string): Promise<void> => {
  const help = await run(shop, 'npx', 'foldstream', '--help');
  for (const [, verb = ''] of help.matchAll(/^ {2}([a-z]+) {3}/gm)) {
    const { code, output } = await outcomeOf(shop, 'npx', 'foldstream', verb, '--help');
    assert.deepEqual([code, output.trim() !== ''], [0, true], `foldstream ${verb} --help: ${output}`);
  }
  const unknown = await outcomeOf(shop, 'npx', 'foldstream', 'dance');
  assert.deepEqual([unknown.code, /There is no verb 'dance'[\s\S]*doctor/.test(unknown.output)], [2, true], unknown.output);
  const again = await outcomeOf(folder, 'npx', '--yes', '--package', tarball, 'foldstream', 'new', 'shop');
  assert.deepEqual([again.code, /is not empty/.test(again.output)], [1, true], again.output);
  assert.match(await run(shop, 'npm', 'run', '--silent', 'doctor'), /Everything fits/);
};

const main = async (folder: string): Promise<void> => {
  mkdirSync(join(folder, 'packed'));
  await step('npm pack', () => run(root, 'npm', 'pack', '--silent', '--pack-destination', join(folder, 'packed')));
  const [tarball = ''] = globSync(join(folder, 'packed/*.tgz'));
  const shop = join(folder, 'shop');
  await firstCurl(folder, tarball);
  await checks(shop);
  await step('npx cdk synth -q -c auth=none', () => run(shop, 'npx', 'cdk', 'synth', '-q', '-c', 'auth=none'));
  await step('the verbs, their help and their exit codes', () => commandLine(folder, shop, tarball));
  await step('a hotel: three aggregates, four projections, two sagas', () => buildHotel(shop));
  await checks(shop);
  await step("a bucket and a setting of the team's own", () => ownResources(shop));
  await step("a test from end to end of the team's own", () => ownEndToEnd(shop));
  await step('an app that cannot run here leaves the old one running', () => refusedApp(shop));
  const recorded = await step('the hotel runs, and records', () => recordData(shop));
  const next = await step('the next version is packed', () => raised(tarball, join(folder, 'next'), '0.2.1'));
  await step('after the upgrade everything is as before', () => upgrade(shop, next, recorded));
};

/** npx keeps what it has installed, by the path of the tarball; that path will not come again. */
const forgetNpx = async (folder: string): Promise<void> => {
  const cache = (await run(root, 'npm', 'config', 'get', 'cache')).trim();
  for (const file of globSync(join(cache, '_npx/*/package.json')))
    if (readFileSync(file, 'utf8').includes(folder)) rmSync(dirname(file), { recursive: true });
};

const folder = mkdtempSync(join(tmpdir(), 'foldstream-package-'));
const late = setTimeout(() => {
  console.error(`It is not over after ${minutes} minutes, and is ended.`);
  endAll();
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
}, minutes * 60_000);
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, endAll);

try {
  await main(folder);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  clearTimeout(late);
  endAll();
  await forgetNpx(folder);
  rmSync(folder, { recursive: true, force: true });
}
