import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { isRunning, passingToolsFolder, removeLeftovers } from './leftovers.ts';

const folder = mkdtempSync(join(tmpdir(), 'leftovers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ended = spawnSync(process.execPath, ['-e', '']).pid;

test('a process is running until it ends', () => {
  expect([isRunning(process.pid), isRunning(process.ppid), isRunning(1), isRunning(ended)]).toEqual([true, true, true, false]);
});

test('a start removes what killed systems without data have left, and nothing else', async () => {
  const kept = [passingToolsFolder(process.pid), 'examples-hotel', `memory-${ended}-more`, `old-memory-${ended}`, 'memory-'];
  for (const name of [passingToolsFolder(ended), ...kept]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, passingToolsFolder(ended), 'system.json'), '{}');
  await removeLeftovers(folder);
  expect(readdirSync(folder).sort()).toEqual(kept.sort());
  await removeLeftovers(folder); // Again, and of a folder that is not there.
  await removeLeftovers(join(folder, 'none'));
  expect(readdirSync(folder)).toHaveLength(kept.length);
});
