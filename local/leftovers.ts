import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder in which the tools of the command line find a system that keeps nothing. */
export const passingToolsFolder = (process: number): string => `memory-${process}`;

/** Removes such folders of systems that were killed. A system that stops removes its own. */
export const removeLeftovers = async (stateFolder: string): Promise<void> => {
  const names = await readdir(stateFolder).catch(() => []);
  const left = names.filter((name) => {
    const [, process] = /^memory-(\d+)$/.exec(name) ?? [];
    return process !== undefined && !isRunning(Number(process));
  });
  await Promise.all(left.map((name) => rm(join(stateFolder, name), { recursive: true, force: true })));
};

/** Whether a process of this machine runs. Signal 0 only asks. */
export const isRunning = (id: number): boolean => {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
