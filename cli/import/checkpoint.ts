import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beginning, type Position } from './lines.ts';

/** Where an import that was cut short goes on. It saves time and nothing else: lines that are in are known by their ids. */
export interface Checkpoint {
  load(): Position;
  save(position: Position): void;
  clear(): void;
}

/** Kept in a file of the folder; `about` is all that has to be the same for the position to mean anything. */
export const checkpointIn = (folder: string, about: readonly unknown[]): Checkpoint => {
  const key = createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 16);
  const file = join(folder, `${key}.json`);
  return {
    load: () => {
      try {
        const { line, offset } = JSON.parse(readFileSync(file, 'utf8'));
        return Number.isSafeInteger(line) && Number.isSafeInteger(offset) ? { line, offset } : beginning;
      } catch {
        return beginning;
      }
    },
    save: (position) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(position));
      renameSync(`${file}.new`, file); // All of it or nothing, whenever the process is killed.
    },
    clear: () => rmSync(file, { force: true }),
  };
};
