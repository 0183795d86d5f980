import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type RunningSystem, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-schedules-'));
/** Two minutes in a second. */
const start = () => runSystem(join(folder, 'data'), { domain: 'test/tower', timeScale: 1 / 120 });
let system: RunningSystem;
beforeAll(async () => {
  system = await start();
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const rung = async (): Promise<readonly string[]> => {
  const times: string[] = [];
  for (let from: number | undefined = 1; from !== undefined; ) {
    const { body, status } = await system.get(`/streams/bell/main?from=${from}&limit=100`);
    if (status === 404) return [];
    const { items, next } = body as { items: readonly { data: { at: string } }[]; next?: number };
    times.push(...items.map(({ data }) => data.at));
    from = next;
  }
  return times;
};
const until = async (count: number): Promise<readonly string[]> => {
  for (;;) {
    const times = await rung();
    if (times.length >= count) return times;
    await setTimeout(200);
  }
};

test('every minute rings once, though the system is killed meanwhile', async () => {
  const before = await until(5);
  await system.kill();
  system = await start();
  const times = await until(before.length + 10);
  expect(new Set(times).size).toBe(times.length);
  const minutes = times.map((time) => Date.parse(time) / 60_000).sort((a, b) => a - b);
  const first = minutes[0] as number;
  expect(minutes).toEqual(minutes.map((_, index) => first + index));
});
