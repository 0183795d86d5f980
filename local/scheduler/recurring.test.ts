import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Recurring, recurring } from './recurring.ts';

let folder: string;
let file: string;
let fired: number[];
const running: Recurring[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foldstream-recurring-'));
  file = join(folder, 'schedules', 'one.json');
  fired = [];
});
afterEach(() => {
  for (const one of running.splice(0)) one.stop();
  rmSync(folder, { recursive: true, force: true });
});

const open = (expression: string, timeScale: number, timeZone = 'UTC') => {
  const one = recurring({ expression, timeZone, file, timeScale, fire: (time) => void fired.push(time.getTime()) });
  running.push(one);
  one.start();
  return one;
};
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await setTimeout(5);
};
const hour = 3_600_000;

describe.each([
  ['rate(1 hour)', hour],
  ['rate(5 minutes)', hour / 12],
  ['rate(2 days)', 48 * hour],
  ['cron(0,30 * * * ? *)', hour / 2],
  ['cron(15 12 * * ? *)', 24 * hour],
])('%s', (expression, apart) => {
  test('comes at its times, sooner with a faster clock, and goes on after a restart', async () => {
    const began = Date.now();
    const one = open(expression, 20 / apart);
    await until(() => fired.length >= 3);
    one.stop();
    const count = fired.length;
    await setTimeout(60);
    expect(fired).toHaveLength(count);
    open(expression, 20 / apart);
    await until(() => fired.length >= count + 2);
    expect(fired[0]).toBeGreaterThan(began);
    const gaps = new Set(fired.slice(1).map((time, index) => time - (fired[index] as number)));
    expect([...gaps]).toEqual([apart]);
  });
});

test('of the times that came while the system was stopped, the last one comes when it starts', async () => {
  open('rate(1 hour)', 1e-6);
  await until(() => fired.length >= 1);
  for (const one of running.splice(0)) one.stop();
  const last = Date.now() - 5.5 * hour;
  writeFileSync(file, JSON.stringify({ expression: 'rate(1 hour) UTC', last }));
  fired = [];
  open('rate(1 hour)', 1);
  await until(() => fired.length === 1);
  expect(fired).toEqual([last + 5 * hour]);
});

test('another expression begins anew', async () => {
  open('rate(1 hour)', 1e-6);
  await until(() => fired.length >= 3);
  for (const one of running.splice(0)) one.stop();
  writeFileSync(file, JSON.stringify({ expression: 'rate(1 hour) UTC', last: Date.now() - 100 * hour }));
  fired = [];
  open('rate(2 hours)', 1);
  await setTimeout(50);
  expect(fired).toEqual([]);
});

test.each(['cron(0 3 * * ? 2027)', 'cron(0 3 * *)', 'every day', 'cron(0 25 * * ? *)', 'rate(1 week)'])('%s is refused', (expression) =>
  expect(() => recurring({ expression, timeZone: 'UTC', file, timeScale: 1, fire: () => {} })).toThrow(),
);
