// npm run test:releases [-- --seed N]: a chain of nine deployments of one service, one after the other, while clients use it and sagas are
// under way: a new event version, a new index, a new projection, a changed saga, removed projections, a renamed command, a rollback by
// three releases, and forward again. At the end every event is there once, every saga is completed, and every read model is right.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { type System, startSystem } from '../../local/system.ts';
import { levels } from './domain.ts';
import { prove } from './proof.ts';
import { ask, startTraffic, type Traffic } from './traffic.ts';

const minutes = 6;
const ordersPerDeployment = 8;
const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });

const chain: readonly (readonly [title: string, level: number])[] = [
  ['the first release', levels.first],
  ['a new version of an event', levels.newEventVersion],
  ['a new index', levels.newIndex],
  ['a new projection', levels.newProjection],
  ['a changed saga, with new events', levels.changedSaga],
  ['two projections are removed', levels.removedProjections],
  ['a renamed command', levels.renamedCommand],
  ['a rollback by three releases', levels.newProjection],
  ['forward again', levels.renamedCommand],
];
const rollback = 8;

mkdirSync('.local', { recursive: true });
// Beside each other: `es` looks for running systems in the folders of .local/.
const dataFolder = mkdtempSync(join(process.cwd(), '.local/releases-'));
const domain = `${dataFolder}-domain`;
mkdirSync(domain);
const write = (deployment: number): void => {
  const [, level] = chain[deployment - 1] as (typeof chain)[number];
  const module = relative(domain, join(process.cwd(), 'test/releases/domain.ts'));
  writeFileSync(
    join(domain, 'index.ts'),
    `import { service } from '${module}';\n\nexport const domain = service({ level: ${level}, deployment: ${deployment} });\n`,
  );
};

const lines: string[] = [];
const begun = performance.now();
const say = (text: string): void => console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);

const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await isSo()); tries++) {
    assert.ok(tries < 600, `it did not come: ${what}`);
    await setTimeout(100);
  }
};

/** Waits until the code of a deployment answers. */
const answers = (url: string, deployment: number): Promise<void> =>
  until(`deployment ${deployment}`, async () => (await ask(url, '/order/probe/Probe', {}))?.code === `Deployment${deployment}`);

/** While the older code runs: a command to a stream with an event that it does not know waits, and a saga that it does not know, too. */
const whileRolledBack = async (url: string, { orders }: Traffic): Promise<void> => {
  const isNewer = async (id: string): Promise<boolean> => {
    const answer = await ask(url, `/payment/${id}/RefundPayment`, {});
    if (answer?.code !== 'NewerRelease') return false;
    assert.deepEqual([answer.status, answer.retryAfter, answer.body.eventType, answer.body.schema], [503, '60', 'AuditOrdered', 1]);
    return true;
  };
  const audited = orders.filter(({ paid }) => paid);
  const waiting: string[] = [];
  for (const { id } of audited) if ((await ask(url, `/streams/payment/${id}`))?.code === 'NewerRelease') waiting.push(id);
  assert.ok(waiting.length > 0, 'no payment has an event of the newer release: the rollback has nothing to show');
  assert.ok(await isNewer(waiting[0] as string), 'a command to a stream of the newer release was not answered with NewerRelease');
  say(`         ${waiting.length} streams wait for the newer release`);
};

/** Beside the system, which serves it: this process must not wait for it in one piece. */
const es = async (...args: readonly string[]): Promise<void> => {
  const { stdout } = await promisify(execFile)(process.execPath, ['cli/es.ts', ...args, '--domain', domain], {
    env: { ...process.env, INIT_CWD: process.cwd() },
    timeout: 60_000,
  });
  say(`es ${args[0]}: ${stdout.trim().split('\n').at(-1)}`);
};

const main = async (system: System): Promise<void> => {
  const { url } = system;
  await answers(url, 1);
  say(chain[0]?.[0] ?? '');
  const traffic = startTraffic(url, Number(values.seed), ordersPerDeployment);
  try {
    for (let deployment = 2; deployment <= chain.length; deployment++) {
      await until('the orders of the release', async () => traffic.orders.length >= (deployment - 1) * ordersPerDeployment);
      write(deployment);
      await answers(url, deployment);
      traffic.deployment = deployment;
      say(`${chain[deployment - 1]?.[0]}; ${traffic.orders.filter(({ confirmed }) => !confirmed).length} orders are under way`);
      if (deployment === rollback) await whileRolledBack(url, traffic);
    }
    await until('the last orders', async () => traffic.orders.length >= chain.length * ordersPerDeployment);
    traffic.drain();
    traffic.deployment += 3; // Who waits with the payment pays now.
    await traffic.settled(60);
  } finally {
    await traffic.stop();
  }
  say(`${traffic.orders.length} orders are confirmed`);
  await prove(url, traffic.orders, 60);
  say('every event is there once, no saga has gone back, every read model is right');
  await es('audit');
  await es('verify');
};

const late = globalThis.setTimeout(() => {
  console.error(`It is not over after ${minutes} minutes.\n${lines.slice(-30).join('\n')}`);
  process.exit(1);
}, minutes * 60_000);
let system: System | undefined;
try {
  write(1);
  const log = (line: string): void => void (line.includes('"WARN"') || lines.push(line)); // Refusals are part of the traffic.
  const serving = relative(process.cwd(), domain);
  system = await startSystem({ port: 0, dataFolder, domain: serving, watch: true, timeScale: 0.02, log });
  await main(system);
} catch (error) {
  console.error(`The last lines of the system:\n${lines.slice(-40).join('\n')}\n\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  clearTimeout(late);
  await system?.stop();
  for (const folder of [dataFolder, domain]) rmSync(folder, { recursive: true, force: true });
}
