import { type AnyProjection, nothing } from './projection.ts';
import type { ReadModels, Row } from './read-models.ts';

/** Rows of one projection that are read once, changed in memory, and written together. */
export interface UnitOfWork {
  /** Reads rows that will be asked for, all at once. */
  expect(keys: readonly string[]): Promise<void>;
  /** The row as it will be after the next write. */
  rowAt(key: string): Promise<Row>;
  /** The version that the table has of a row. */
  storedVersion(key: string): number;
  put(key: string, row: Row, tenant: string | undefined): void;
  /** Whether one write can hold these rows too. */
  hasRoomFor(keys: readonly string[]): boolean;
  /** Writes what was put. False, and nothing is written, where another writer has moved a row. */
  flush(): Promise<boolean>;
  /** How many writes there were. */
  writes(): number;
  /** Forgets what was put since the last write. */
  discard(): void;
}

/** With so many rows in one write, unless what cannot be parted is more. */
export const unitOfWork = (readModels: ReadModels, projection: AnyProjection, maxRows: number): UnitOfWork => {
  const stored = new Map<string, Row>();
  const changed = new Map<string, Row>();
  const tenants = new Map<string, string | undefined>();
  let writes = 0;
  const storedVersion = (key: string): number => stored.get(key)?.version ?? 0;
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
    put: (key, row, tenant) => {
      changed.set(key, row);
      tenants.set(key, tenant);
    },
    discard: () => changed.clear(),
    hasRoomFor: (keys) => new Set([...changed.keys(), ...keys]).size <= maxRows,
    flush: async () => {
      const changes = [...changed].map(([key, next]) => ({ key, tenant: tenants.get(key), from: storedVersion(key), next }));
      if (changes.length > 0 && !(await readModels.write(projection, changes))) return false;
      writes += changes.length > 0 ? 1 : 0;
      for (const [key, row] of changed) stored.set(key, row); // Saves a read: without it the next write fails and all is read anew.
      changed.clear();
      return true;
    },
    writes: () => writes,
  };
};
