import { rowOf } from '../core/messages.ts';
import { type AnyProjection, type Index, keyTypeOf, type Versioned } from '../core/projection.ts';

/** A declared index. @throws Error where the projection has none of that name. */
export const indexOf = ({ name, indexes = {} }: AnyProjection, index: string): Index => {
  const found = rowOf(indexes as Readonly<Record<string, Index>>, index);
  if (found === undefined) throw new Error(`${name} has no index '${index}'`);
  return found;
};

/**
 * The document's indexed fields, under their own names. What can be no key (absent, empty, too long, too large, of another type) is
 * left out: such a document is kept, and not listed.
 */
export const keyFields = (projection: AnyProjection, document: Versioned['document']): Readonly<Record<string, string | number>> =>
  Object.fromEntries(
    Object.values<Index>(projection.indexes ?? {})
      .flatMap(({ partition, sort }) => [partition, sort])
      .flatMap((field) => {
        const value = document?.[field];
        return isKey(value) && typeof value === keyTypeOf(projection, field) ? [[field, value]] : [];
      }),
  );

const maxSortBytes = 1024;

/** How long the text of a partition key may be. */
export const maxPartitionBytes = 2048;

/** Whether a value can be a key of an index. */
export const isKey = (value: unknown, maxBytes = maxSortBytes): value is string | number => {
  if (typeof value === 'string') return value !== '' && Buffer.byteLength(value) <= maxBytes;
  return typeof value === 'number' && (value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) <= Number.MAX_SAFE_INTEGER));
};

/** Numbers by size, text by its bytes, as the database does. */
export const compareKeys = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
