import { noPointer, type Pointer, type Pointers } from '../../core/rebuild/pointers.ts';

/** Pointers in memory, for tests. */
export const memoryPointers = (): Pointers => {
  const stored = new Map<string, Pointer>();
  return {
    read: async (projection) => stored.get(projection) ?? noPointer(projection),
    write: async (pointer) => {
      if ((stored.get(pointer.projection)?.version ?? 0) !== pointer.version - 1) return false;
      stored.set(pointer.projection, structuredClone(pointer));
      return true;
    },
  };
};
