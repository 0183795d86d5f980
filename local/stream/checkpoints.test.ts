import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fileCheckpoints } from './checkpoints.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a shard begins without a checkpoint', async () => {
  expect(await fileCheckpoints(join(folder, 'new')).read('s')).toEqual({ isFinished: false });
});

test('a checkpoint is there after a restart, and replaces the one before', async () => {
  await fileCheckpoints(folder).write('s', { after: '1', isFinished: false });
  await fileCheckpoints(folder).write('s', { after: '2', isFinished: true });
  expect(await fileCheckpoints(folder).read('s')).toEqual({ after: '2', isFinished: true });
  expect(await readdir(folder)).toEqual(['s.json']);
});

test('a file that a crash left half-written is ignored', async () => {
  const checkpoints = fileCheckpoints(folder);
  await checkpoints.write('s', { after: '1', isFinished: false });
  await writeFile(join(folder, 's.json.new'), '{"after":');
  expect(await checkpoints.read('s')).toEqual({ after: '1', isFinished: false });
  expect(await checkpoints.keepOnly(['s'])).toEqual([]);
});

test('checkpoints of shards that are gone are removed; the unfinished shards are named', async () => {
  const checkpoints = fileCheckpoints(folder);
  await checkpoints.write('kept', { after: '1', isFinished: false });
  await checkpoints.write('read', { after: '1', isFinished: true });
  await checkpoints.write('lost', { after: '1', isFinished: false });
  expect(await checkpoints.keepOnly(['kept'])).toEqual(['lost']);
  expect(await readdir(folder)).toEqual(['kept.json']);
});
