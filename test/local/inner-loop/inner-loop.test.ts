import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { type System, startSystem } from '../../../local/system.ts';
import { decider, events, openShop, projection, registry, type Shop } from './shop.ts';

// A running system whose sources change. A clock is never asserted: what has to come is waited for.

jest.setTimeout(900_000);

let shop: Shop;
let dataFolder: string;
let system: System | undefined;
let lines: string[];
beforeAll(() => {
  process.env['DYNAMODB_ENDPOINT'] = '';
});
beforeEach(async () => {
  shop = openShop();
  dataFolder = await mkdtemp(join(tmpdir(), 'inner-loop-'));
  lines = [];
});
afterEach(async () => {
  await system?.stop();
  system = undefined;
  shop.delete();
  await rm(dataFolder, { recursive: true, force: true });
});
afterAll(() => {
  delete process.env['DYNAMODB_ENDPOINT'];
});

const start = async (): Promise<void> => {
  const log = (line: string) => void lines.push(line);
  system = await startSystem({ port: 0, dataFolder, domain: shop.domain, watch: true, log });
};

const said = (text: string): number => lines.filter((line) => line.includes(text)).length;
const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await setTimeout(50);
};

interface Answer {
  readonly status: number;
  readonly code?: string;
}
const count = async (by: number, id = '1', url = system?.url): Promise<Answer> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/counter/${id}/Count`, { method: 'POST', headers, body: JSON.stringify({ by }) });
  return { status: response.status, ...((await response.json()) as { readonly code?: string }) };
};
const total = async (name: string, id = '1'): Promise<number | undefined> => {
  const response = await fetch(`${system?.url}/${name}/${id}`);
  return response.status === 200 ? ((await response.json()) as { readonly total: number }).total : undefined;
};

test('the sources of a running system change', async () => {
  await start();
  expect(await count(50)).toMatchObject({ status: 409, code: 'Above10' });
  expect(await count(1)).toMatchObject({ status: 200 });

  // An edit, while commands are in flight: each is answered by the one code or by the other.
  let isOver = false;
  const answers = new Set<string>();
  const inFlight = Array.from({ length: 4 }, async (_, index) => {
    while (!isOver) answers.add(JSON.stringify((await count(50, `busy-${index}`)).code));
  });
  shop.write('decider.ts', decider(20));
  await until(async () => (await count(50)).code === 'Above20');
  isOver = true;
  await Promise.all(inFlight);
  expect([...answers].every((code) => ['"Above10"', '"Above20"'].includes(code))).toBe(true);
  expect(said('synthesizing')).toBe(0);

  // One that breaks, one that is refused, and one that mends.
  shop.write('decider.ts', 'export const counter = {;');
  await until(() => said('decider.ts:1:25') === 1);
  expect(await count(50)).toMatchObject({ code: 'Above20' });
  shop.write('decider.ts', decider(30));
  shop.write('index.ts', registry('totals').replace('[totals]', '[totals, totals]'));
  await until(() => said('the domain is refused: domain: two members share the projection name') === 1);
  expect(said('index.ts:5:')).toBeGreaterThan(0);
  expect(await count(50, 'cold')).toMatchObject({ code: 'Above20' });
  shop.write('index.ts', registry('totals'));
  await until(async () => (await count(50)).code === 'Above30');

  // A file that is deleted, and two edits at once.
  shop.remove('events.ts');
  await until(() => said('Could not resolve "./events.ts"') >= 1);
  expect(await count(50)).toMatchObject({ code: 'Above30' });
  shop.write('events.ts', events);
  shop.write('decider.ts', decider(40));
  shop.write('totals.ts', projection('totals').replace('total + by', 'total + 100 * by'));
  await until(async () => (await count(50)).code === 'Above40');
  expect(await count(2, 'both')).toMatchObject({ status: 200 });
  await until(async () => (await total('totals', 'both')) === 200);
  expect(said('synthesizing')).toBe(0);

  // A new member: nothing that comes meanwhile is lost, and what was there before is there for it.
  const { url } = system as System;
  shop.write('sums.ts', projection('sums'));
  shop.write('index.ts', registry('totals', 'sums'));
  let added = 0;
  await until(async () => {
    const { status } = await count(1, 'during');
    if (status === 200) added += 1;
    else expect(status).toBe(503);
    return said('deployed a template') === 1;
  });
  expect((system as System).url).toBe(url);
  await until(async () => (await total('sums')) === 1 && (await total('sums', 'during')) === added);
  expect(await total('totals', 'during')).toBe(100 * added);
});
