import { readFile, rename, writeFile } from 'node:fs/promises';

/** What a file of the state folder holds, as JSON; `otherwise` where there is none yet. */
export const readState = async <T>(file: string, otherwise: T): Promise<T> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? otherwise : JSON.parse(text);
};

/** Whole or not at all: a system that was killed meanwhile has to start again. */
export const writeState = async (file: string, content: unknown): Promise<void> => {
  await writeFile(`${file}.new`, JSON.stringify(content));
  await rename(`${file}.new`, file);
};
