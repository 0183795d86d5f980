import { rowOf } from '../../core/basics/messages.ts';
import { ofTenant } from '../../core/basics/stream.ts';
import { type AnyProjection, type Index, keyTypeOf, type Versioned } from '../../core/read/projection.ts';
import type { ListQuery } from '../../core/read/read-models.ts';

/** The declared index of this name. @throws Error if the projection has no such index. */
export const indexOf = ({ name, indexes = {} }: AnyProjection, index: string): Index => {
  const found = rowOf(indexes as Readonly<Record<string, Index>>, index);
  if (found === undefined) throw new Error(`${name} has no index '${index}'`);
  return found;
};

/** The attributes of an index, or their values in a row. */
export type IndexKey<V = string> = { readonly partition: V; readonly sort: V };

/**
 * The attributes of an index. Without tenants they are the fields themselves. With tenants the partition is a separate attribute: a text
 * that begins with the tenant, whatever the type of the field. The field itself may be the sort field of another index.
 */
export const indexAttributes = ({ partition, sort }: Index, hasTenants: boolean): IndexKey => ({
  partition: hasTenants ? `tenant/${partition}` : partition,
  sort,
});

/** The partition value of a field's value. */
export const partitionValue = (tenant: string | undefined, value: string | number): string | number =>
  tenant === undefined ? value : ofTenant(tenant, String(value));

/**
 * The document's indexed fields as attributes of its row. A value that cannot be a key (absent, empty, too long, too large, of another
 * type, or text with half of a surrogate pair) is left out: the row keeps the document, and the index does not list it.
 */
export const keyFields = (
  projection: AnyProjection,
  document: Versioned['document'],
  tenant?: string,
): Readonly<Record<string, string | number>> => {
  const valuesOf = (field: string): readonly (string | number)[] => {
    const value = document?.[field];
    return isKeyOf(projection, field, value) ? [value] : [];
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

const isKeyOf = (projection: AnyProjection, field: string, value: unknown): value is string | number =>
  isKey(value) && typeof value === keyTypeOf(projection, field);

/** The indexes that do not list a document, because one of their fields has no value in it that can be a key. */
export const notListing = (projection: AnyProjection, document: NonNullable<Versioned['document']>): readonly string[] =>
  Object.entries<Index>(projection.indexes ?? {})
    .filter(([, { partition, sort }]) => [partition, sort].some((field) => !isKeyOf(projection, field, document[field])))
    .map(([name]) => name);

/** The longest text in a field of an index, in bytes of UTF-8. A field may be the sort key of one index and the partition key of another. */
const maxFieldBytes = 1024;

/** The longest partition key of DynamoDB, in bytes of UTF-8. */
export const maxPartitionBytes = 2048;

/** Whether a value can be a key of an index. */
export const isKey = (value: unknown, maxBytes = maxFieldBytes): value is string | number => {
  if (typeof value === 'string') return value !== '' && value.isWellFormed() && Buffer.byteLength(value) <= maxBytes;
  return typeof value === 'number' && (value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) <= Number.MAX_SAFE_INTEGER));
};

/** Whether a value of the sort field lies within the bounds, both inclusive. */
export const isWithin = ({ from, to }: Pick<ListQuery, 'from' | 'to'>, place: string | number): boolean =>
  (from === undefined || compareKeys(place, from) >= 0) && (to === undefined || compareKeys(place, to) <= 0);

/** Compares numbers by value and texts by their bytes, as DynamoDB does. */
export const compareKeys = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
