import { rowOf } from '../../core/basics/messages.ts';
import { ofTenant } from '../../core/basics/stream.ts';
import { type AnyProjection, type Index, keyTypeOf, type Versioned } from '../../core/read/projection.ts';

/** A declared index. @throws Error where the projection has none of that name. */
export const indexOf = ({ name, indexes = {} }: AnyProjection, index: string): Index => {
  const found = rowOf(indexes as Readonly<Record<string, Index>>, index);
  if (found === undefined) throw new Error(`${name} has no index '${index}'`);
  return found;
};

/** The attributes of a row that an index is on, or the values of a row's. */
export type IndexKey<V = string> = { readonly partition: V; readonly sort: V };

/**
 * The attributes that an index is on: the fields themselves. Where there are tenants the tenant leads the partition, which is text then
 * whatever the field is, and so an attribute of its own; the field itself may be the sort field of another index.
 */
export const indexAttributes = ({ partition, sort }: Index, hasTenants: boolean): IndexKey => ({
  partition: hasTenants ? `tenant/${partition}` : partition,
  sort,
});

/** What a field's value is as a partition. */
export const partitionValue = (tenant: string | undefined, value: string | number): string | number =>
  tenant === undefined ? value : ofTenant(tenant, String(value));

/**
 * The document's indexed fields as the attributes of its row. What can be no key (absent, empty, too long, too large, of another type) is
 * left out: such a document is kept, and not listed.
 */
export const keyFields = (
  projection: AnyProjection,
  document: Versioned['document'],
  tenant?: string,
): Readonly<Record<string, string | number>> => {
  const valuesOf = (field: string): readonly (string | number)[] => {
    const value = document?.[field];
    return isKey(value) && typeof value === keyTypeOf(projection, field) ? [value] : [];
  };
  return Object.fromEntries(
    Object.values<Index>(projection.indexes ?? {}).flatMap((index) => {
      const { partition, sort } = indexAttributes(index, tenant !== undefined);
      return [
        ...valuesOf(index.partition).map((value) => [partition, partitionValue(tenant, value)]),
        ...valuesOf(index.sort).map((value) => [sort, value]),
      ];
    }),
  );
};

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
