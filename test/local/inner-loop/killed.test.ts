import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { startChild } from '../child-system.ts';
import { decider, openShop, projection, registry, type Shop } from './shop.ts';

// The process ends by SIGKILL while it takes up an edit. A clock is never asserted: what has to come is waited for.

jest.setTimeout(600_000);

let shop: Shop;
let dataFolder: string;
let system: Awaited<ReturnType<typeof startChild>>;
const start = async (): Promise<void> => {
  system = await startChild({ port: 0, dataFolder, domain: shop.domain, watch: true });
};
const kill = async (): Promise<void> => {
  if (system.process.exitCode !== null || system.process.signalCode !== null) return;
  system.process.kill('SIGKILL');
  await once(system.process, 'exit');
};
beforeEach(async () => {
  shop = openShop();
  dataFolder = await mkdtemp(join(tmpdir(), 'killed-'));
  await start();
});
afterEach(async () => {
  await kill();
  shop.delete();
  await rm(dataFolder, { recursive: true, force: true });
});

/** The status of the answer; nothing if it did not come while the system was as it was. */
const count = async (by: number, key?: string): Promise<{ readonly status?: number; readonly code?: string }> => {
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const body = JSON.stringify({ by });
  try {
    const signal = AbortSignal.timeout(2_000);
    const response = await fetch(`${system.url}/counter/1/Count`, { method: 'POST', headers, body, signal });
    return { status: response.status, ...((await response.json()) as { readonly code?: string }) };
  } catch {
    return {};
  }
};
const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await setTimeout(50);
};
/** The first answer: a cold start may take longer than a request waits. */
const answered = async (by: number): ReturnType<typeof count> => {
  const answer = await count(by);
  return answer.status === undefined ? answered(by) : answer;
};
/** Sent until it is answered: one event, however often the system ends meanwhile. */
const counted = (key: string): Promise<void> => until(async () => (await count(1, key)).status === 200);

const read = async (path: string) => (await fetch(`${system.url}${path}`)).json() as Promise<Record<string, unknown>>;
const total = async (name: string): Promise<unknown> => (await read(`/${name}/1`))['total'];
const isServed = async (name: string): Promise<boolean> => (await fetch(`${system.url}/${name}/1`)).status === 200;
const recorded = async (): Promise<readonly number[]> => {
  const { items } = (await read('/streams/counter/1?limit=1000')) as {
    readonly items: readonly { readonly metadata: { readonly version: number } }[];
  };
  return items.map(({ metadata }) => metadata.version);
};

test('a system that is killed while it takes up an edit serves the new code at its next start, with all data', async () => {
  await counted('a');
  await counted('b');

  // While the bundles are made: a command is under way, too.
  shop.write('decider.ts', decider(20));
  const underWay = count(1, 'c');
  await setTimeout(60);
  await kill();
  await underWay;
  await start();
  expect(await answered(50)).toMatchObject({ status: 409, code: 'Above20' });
  await counted('c');
  expect(await recorded()).toEqual([1, 2, 3]);

  // While another template is deployed: a command waits then. Whenever the end comes, the outcome is the same.
  shop.write('sums.ts', projection('sums'));
  shop.write('index.ts', registry('totals', 'sums'));
  let sent = 0;
  await until(async () => {
    await setTimeout(200);
    const began = performance.now();
    const { status } = await count(1, `during-${++sent}`);
    return status !== 200 || performance.now() - began > 500 || (await isServed('sums'));
  });
  await kill();
  await start();
  await counted(`during-${sent}`);
  const versions = Array.from({ length: 3 + sent }, (_, index) => index + 1);
  expect(await recorded()).toEqual(versions);
  await until(async () => (await total('totals')) === versions.length && (await total('sums')) === versions.length);
});
