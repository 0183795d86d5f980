import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Pending<T> {
  readonly id: string;
  readonly item: T;
}

/** What was accepted and is not done: one file each, so that it outlives the process. */
export interface PendingItems<T> {
  /** On record when this returns. */
  add(item: T): Pending<T>;
  replace(id: string, item: T): void;
  remove(id: string): void;
  /** In the order in which they were added. */
  all(): readonly Pending<T>[];
}

export const pendingItems = <T>(folder: string): PendingItems<T> => {
  mkdirSync(folder, { recursive: true });
  let added = 0;
  const fileOf = (id: string) => join(folder, `${id}.json`);
  const write = (id: string, item: T) => {
    writeFileSync(`${fileOf(id)}.new`, JSON.stringify(item));
    renameSync(`${fileOf(id)}.new`, fileOf(id));
  };
  return {
    add: (item) => {
      const id = `${Date.now()}-${String(added++).padStart(9, '0')}`;
      write(id, item);
      return { id, item };
    },
    replace: write,
    remove: (id) => rmSync(fileOf(id), { force: true }),
    all: () =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .sort()
        .map((file) => ({ id: file.slice(0, -'.json'.length), item: JSON.parse(readFileSync(join(folder, file), 'utf8')) as T })),
  };
};
