import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** So many builds are kept: a function that began with old code may still read the source map of its stack trace. */
const builds = 5;

/** Deletes the files that no recent build has made; it is given the files of each build. */
export const oldOutputs = (folder: string) => {
  const recent: ReadonlySet<string>[] = [];
  return async (files: readonly string[]): Promise<void> => {
    recent.push(new Set(files));
    if (recent.length <= builds) return;
    const oldest = recent.shift() ?? new Set<string>();
    const unused = [...oldest].filter((file) => !recent.some((kept) => kept.has(file)));
    await Promise.all(unused.map((file) => rm(file, { force: true })));
    // The folder of an entry point holds nothing else; the folder that is shared is in use.
    const folders = new Set(
      unused.map(dirname).filter((one) => one !== folder && !recent.some((kept) => [...kept].some((file) => dirname(file) === one))),
    );
    await Promise.all([...folders].map((one) => rm(one, { recursive: true, force: true })));
  };
};
