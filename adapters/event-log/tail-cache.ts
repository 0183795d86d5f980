import { streamName } from '../../core/basics/stream.ts';
import type { Aggregate, TailCache } from '../../core/write/command-handler.ts';

export interface CacheBounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** Keeps the most recently used aggregates within both bounds. It keeps no aggregate that needs more than a quarter of the bytes. */
export const tailCache = ({ maxEntries, maxBytes }: CacheBounds): TailCache & { readonly sizeBytes: () => number } => {
  const kept = new Map<string, { readonly aggregate: Aggregate; readonly bytes: number }>(); // In the order of last use.
  let sizeBytes = 0;

  const drop = (name: string): void => {
    sizeBytes -= kept.get(name)?.bytes ?? 0;
    kept.delete(name);
  };

  return {
    get: (stream) => {
      const name = streamName(stream);
      const found = kept.get(name);
      if (found === undefined) return undefined;
      kept.delete(name);
      kept.set(name, found);
      return found.aggregate;
    },
    set: (aggregate) => {
      const name = streamName(aggregate.tail.stream);
      const bytes = aggregate.tail.sizeBytes;
      drop(name);
      if (bytes > maxBytes / 4) return;
      kept.set(name, { aggregate, bytes });
      sizeBytes += bytes;
      for (const oldest of kept.keys()) {
        if (kept.size <= maxEntries && sizeBytes <= maxBytes) return;
        drop(oldest);
      }
    },
    sizeBytes: () => sizeBytes,
  };
};

/** A cache that keeps no aggregate, so every command loads its stream. */
export const noCache: TailCache = { get: () => undefined, set: () => {} };
