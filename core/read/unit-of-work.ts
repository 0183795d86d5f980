import { type AnyProjection, nothing } from './projection.ts';
import type { ReadModels, Row } from './read-models.ts';

/** Rows of one projection that are read once, changed in memory, and written together. */
export interface UnitOfWork {
  /** Reads rows in one request before `rowAt` needs them. */
  expect(keys: readonly string[]): Promise<void>;
  /** The row as it will be after the next write. */
  rowAt(key: string): Promise<Row>;
  /** The version of a row in the table. */
  storedVersion(key: string): number;
  put(key: string, row: Row, tenant: string | undefined): void;
  /** Puts the rows of one part of a commit. One write contains all of them. */
  putPart(rows: ReadonlyMap<string, Row>, tenant: string | undefined): void;
  /** The contents of the next write, or of the write that has just failed. */
  staged(): Staged;
  /** Whether the next write can also contain these rows. */
  hasRoomFor(keys: readonly string[]): boolean;
  /** Writes the changed rows. Returns false, and writes nothing, if another writer has changed a row. */
  flush(): Promise<boolean>;
  /** The number of writes so far. */
  writes(): number;
  /** Drops the changes since the last write. */
  discard(): void;
  /** Drops rows from memory. They are read again if they are needed again. */
  forget(keys: readonly string[]): void;
}

export interface Staged {
  readonly rows: number;
  readonly parts: number;
}

/**
 * A unit of work that writes at most `maxRows` rows at once, if its caller asks `hasRoomFor` first. A part with more rows is still written
 * whole.
 */
export const unitOfWork = (readModels: ReadModels, projection: AnyProjection, maxRows: number): UnitOfWork => {
  const stored = new Map<string, Row>();
  const changed = new Map<string, Row>();
  const tenants = new Map<string, string | undefined>();
  let [writes, parts] = [0, 0];
  const storedVersion = (key: string): number => stored.get(key)?.version ?? 0;
  const put: UnitOfWork['put'] = (key, row, tenant) => {
    changed.set(key, row);
    tenants.set(key, tenant);
  };
  const clear = (): void => {
    changed.clear();
    parts = 0;
  };
  return {
    storedVersion,
    expect: async (keys) => {
      const unread = keys.filter((key) => !stored.has(key));
      if (unread.length < 2) return;
      const rows = await readModels.getMany(projection, unread, 'strong');
      for (const key of unread) stored.set(key, rows.get(key) ?? nothing);
    },
    rowAt: async (key) => {
      const known = changed.get(key) ?? stored.get(key);
      if (known !== undefined) return known;
      const row = await readModels.get(projection, key, 'strong');
      stored.set(key, row);
      return row;
    },
    put,
    putPart: (rows, tenant) => {
      for (const [key, row] of rows) put(key, row, tenant);
      parts += 1;
    },
    staged: () => ({ rows: changed.size, parts }),
    discard: clear,
    forget: (keys) => {
      for (const key of keys) if (!changed.has(key)) stored.delete(key);
    },
    hasRoomFor: (keys) => new Set([...changed.keys(), ...keys]).size <= maxRows,
    flush: async () => {
      const changes = [...changed].map(([key, next]) => ({ key, tenant: tenants.get(key), from: storedVersion(key), next }));
      if (changes.length > 0 && !(await readModels.write(projection, changes))) return false;
      writes += changes.length > 0 ? 1 : 0;
      for (const [key, row] of changed) stored.set(key, row); // Else the next write fails, and all rows are read again.
      clear();
      return true;
    },
    writes: () => writes,
  };
};
