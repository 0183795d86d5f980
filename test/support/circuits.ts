import type { Circuits, KnownCircuit } from '../../core/calls/guarded.ts';
import { unknownCircuit } from '../../core/calls/guarded.ts';

/** Circuits in memory, which all instances share. */
export const memoryCircuits = (): Circuits & { readonly requests: string[] } => {
  const known = new Map<string, KnownCircuit>();
  const rows = new Map<string, number>();
  const requests: string[] = [];
  let versions = 0;
  const read = (name: string) => known.get(name) ?? unknownCircuit;
  return {
    requests,
    read: async (name) => {
      requests.push('read');
      return read(name);
    },
    replace: async (name, seen, circuit) => {
      requests.push('replace');
      if (read(name).version !== seen.version) return undefined;
      if (circuit === undefined) {
        known.delete(name);
        return unknownCircuit;
      }
      versions += 1;
      const next = { circuit, version: String(versions) };
      known.set(name, next);
      return next;
    },
    place: async (name, { apart, now, mostMilliseconds }) => {
      requests.push('place');
      const at = Math.max(rows.get(name) ?? now, now);
      if (at > now + mostMilliseconds) return undefined;
      rows.set(name, at + apart);
      return at - now;
    },
  };
};
