import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { lockFolder } from './folder-lock.ts';

/** What the system keeps in its folder. */
const kept = [
  'assembly',
  'assembly-next',
  'buckets',
  'bundles',
  'checkpoints',
  'engine',
  'events',
  'executions',
  'queues',
  'schedules',
  'secrets',
  'stand-ins',
];

export interface DataFolder {
  readonly path: string;
  readonly release: () => Promise<void>;
}

/** The folder is this system's alone until it is released. @throws Error if another system runs on it. */
export const claimFolder = async (folder: string, { fresh }: { readonly fresh: boolean }): Promise<DataFolder> => {
  const path = resolve(folder);
  await mkdir(path, { recursive: true });
  const lock = lockFolder(path);
  if (fresh) await Promise.all(kept.map((name) => rm(join(path, name), { recursive: true, force: true })));
  return { path, release: async () => lock.release() };
};

/** A folder that is gone once it is released. */
export const passingFolder = async (): Promise<DataFolder> => {
  const path = await mkdtemp(join(tmpdir(), 'foldstream-'));
  return { path, release: () => rm(path, { recursive: true, force: true }) };
};
