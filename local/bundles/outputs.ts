import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { OutputFile } from 'esbuild';

/** The number of builds that are kept: a function that began with old code may still read the source map of its stack trace. */
const builds = 5;

/** Writes the files of each build, those that are not there yet, and deletes the files that no recent build has made. */
export const outputsIn = (folder: string) => {
  const recent: ReadonlySet<string>[] = [];
  return async (files: readonly Pick<OutputFile, 'path' | 'contents'>[]): Promise<void> => {
    const fresh = files.filter(({ path }) => !recent.some((kept) => kept.has(path)));
    await Promise.all(
      fresh.map(async ({ path, contents }) => {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, contents);
      }),
    );
    recent.push(new Set(files.map(({ path }) => path)));
    if (recent.length <= builds) return;
    const oldest = recent.shift() ?? new Set<string>();
    const inUse = new Set(recent.flatMap((kept) => [...kept]));
    const unused = [...oldest].filter((path) => !inUse.has(path));
    await Promise.all(unused.map((path) => rm(path, { force: true })));
    const foldersInUse = new Set([folder, ...[...inUse].map(dirname)]);
    const empty = new Set(unused.map(dirname).filter((path) => !foldersInUse.has(path)));
    await Promise.all([...empty].map((path) => rm(path, { recursive: true, force: true })));
  };
};
