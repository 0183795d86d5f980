import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const lockFile = 'lock';

/**
 * Claims a folder for this process. The claim is a lock of the operating system (SQLite has it on every platform), so it
 * ends with the process, however the process ends; a file with a process id in it would have to be tidied up.
 * @throws Error if another system runs on the folder.
 */
export const lockFolder = (folder: string): { release(): void } => {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, lockFile));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!/locked/.test((error as Error).message)) throw error;
    throw new Error(`Another system runs on ${folder}: stop it first, or start this one with --memory.`, { cause: error });
  }
  return { release: () => lock.close() };
};

/** Whether a system runs on the folder now. */
export const isFolderLocked = (folder: string): boolean => {
  if (!existsSync(join(folder, lockFile))) return false;
  try {
    lockFolder(folder).release();
    return false;
  } catch {
    return true;
  }
};
