import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('only one process at a time owns a folder', () => {
  const lock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(`Another system runs on ${folder}: stop it first, or start this one with --memory.`);
  lock.release();
  lockFolder(folder).release();
});

test('the lock is free at once after its owner is killed', async () => {
  const module = new URL('./folder-lock.ts', import.meta.url).href;
  const script = `const { lockFolder } = await import('${module}'); lockFolder(process.argv[1]); console.log('locked'); setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(owner.stdout, 'data');
  expect(() => lockFolder(folder)).toThrow('Another system runs on');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  lockFolder(folder).release();
});
