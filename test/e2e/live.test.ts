import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { behaviourAt, chanceOf } from '../domain/payment/behaviour.ts';
import { killedRun, type Lived } from '../live/killed-run.ts';
import { orderLines } from './orders.ts';

// The same as npm run test:live, in small: with more trouble, so that thirty orders meet all of it.

jest.setTimeout(900_000);

const count = 30;
const shares = { declined: 0.2, silent: 0.1 };
const folder = mkdtempSync(join(tmpdir(), 'foldstream-e2e-live-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let lived: Lived;
beforeAll(async () => {
  const file = join(folder, 'orders.jsonl');
  writeFileSync(file, orderLines(count).join('\n'));
  // A payment's fifteen minutes are two: longer than a start takes on a machine that has other things to do, too.
  const place = { file, count, dataFolder: join(folder, 'data'), domain: 'test/domain', timeScale: 2 / 15, say: () => {} };
  lived = await killedRun({ ...place, killedAt: [0.1, 0.5, 0.9], shares });
});

/** What the provider does to each of them is known before. */
const behaviours = Array.from({ length: count }, (_, index) => behaviourAt(chanceOf(`order${index}`), shares));
const number = (behaviour: string) => behaviours.filter((one) => one === behaviour).length;

test('every order ends shipped or cancelled, and the books agree, though the system was killed three times', () => {
  const { code, output, complaints } = lived.first;
  if (code !== 0) throw new Error(complaints);
  expect(output).toMatch(/^30 orders: (\d+) shipped, (\d+) cancelled/);
  const [, declined] = /(\d+) "the card was declined"/.exec(output) ?? [];
  expect(Number(declined)).toBeGreaterThan(0);
  expect(Number(declined)).toBeLessThanOrEqual(number('decline'));
  expect(output).toContain('0 reserved');
  // What was placed when its answer was lost is not new to the one who asks again.
  const [, placed] = /new: (\d+) orders placed/.exec(output) ?? [];
  expect(Number(placed)).toBeGreaterThan(0);
  expect(Number(placed)).toBeLessThanOrEqual(count);
});

test('the provider refunds the payments that it never answered', () => {
  expect(number('never answer')).toBeGreaterThan(0);
  const [, cancelled] = /(\d+) "TakePayment was not answered in time"/.exec(lived.first.output) ?? [];
  // While the system was down, time went on: who was to be answered then may have waited in vain, too.
  expect(Number(cancelled)).toBeGreaterThanOrEqual(number('never answer'));
  expect(lived.first.output).not.toMatch(/gave back 0\.00/);
});

test('a second run changes nothing', () => {
  const { code, output } = lived.second;
  expect(code).toBe(0);
  expect(output).toContain('new: 0 orders placed, 0 products received');
  expect(output.split('\n').slice(0, 3)).toEqual(lived.first.output.split('\n').slice(0, 3));
});
