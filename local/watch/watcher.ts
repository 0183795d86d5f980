import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join, sep } from 'node:path';

export interface Watcher {
  /** Watches these folders from here on: some with all that is in them but dependencies, and `alone` for the files in it. */
  follow(trees: ReadonlySet<string>, alone: string): void;
  close(): void;
}

/** Editors write a file in several steps, and a tool that writes several files writes them one after the other. */
const quietMilliseconds = 25;

/** Tells which files have changed, once nothing has changed for a moment. A file that is gone has changed, too. */
export const openWatcher = (onChange: (files: ReadonlySet<string>) => void): Watcher => {
  const watchers = new Map<string, FSWatcher>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const note = (file: string): void => {
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const files = new Set(changed);
      changed.clear();
      onChange(files);
    }, quietMilliseconds);
  };
  let followed: ReadonlySet<string> = new Set();
  const unwatch = (folder: string): void => {
    for (const [path, watcher] of watchers) {
      if (path !== folder && !path.startsWith(folder + sep)) continue;
      watcher.close();
      watchers.delete(path);
    }
  };
  const watchFolder = (folder: string, depth: number): void => {
    if (watchers.has(folder)) return;
    try {
      const watcher = watch(folder, (kind, name) => {
        const file = join(folder, String(name ?? ''));
        note(file);
        // A new folder, or one that was replaced: the watcher of the old folder does not see it.
        if (kind === 'rename' && (depth > 0 || followed.has(file))) {
          unwatch(file);
          watchTree(file, depth > 0 ? depth - 1 : deepest, note);
        }
      });
      watcher.on('error', () => unwatch(folder));
      watchers.set(folder, watcher);
    } catch {
      // It is gone. It is watched again when the folder around it tells that it is there.
    }
  };
  /** `found` gets the files of a new folder, because they may have been written before it was watched. */
  const watchTree = (folder: string, depth: number, found: (file: string) => void = () => {}): void => {
    if (!isFolder(folder) || ignored(folder)) return;
    const isNew = !watchers.has(folder);
    watchFolder(folder, depth);
    if (!isNew || depth === 0) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) watchTree(path, depth - 1, found);
      else found(path);
    }
  };
  return {
    follow: (trees, alone) => {
      followed = trees;
      for (const folder of trees) watchTree(folder, deepest);
      watchFolder(alone, 0);
    },
    close: () => {
      clearTimeout(timer);
      for (const folder of [...watchers.keys()]) unwatch(folder);
    },
  };
};

const deepest = 20;
const ignored = (folder: string): boolean => /[/\\](node_modules|\.git|\.local|cdk\.out|dist)$/.test(folder);

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};
