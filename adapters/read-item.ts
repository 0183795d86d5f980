import { TooLargeTogether } from '../core/errors.ts';
import { type AnyProjection, parkedIndex } from '../core/projection.ts';
import type { Change, NewRow, Row } from '../core/read-models.ts';
import { ofTenant } from '../core/stream.ts';
import { keyFields } from './index-fields.ts';
import { itemBytes } from './item-size.ts';

/** A row of a read table as it is stored: the document as JSON, how fresh it is, and a copy of each indexed field. */
export interface ReadItem {
  readonly key: string;
  readonly version: number;
  readonly recordedAt: string;
  /** Absent for a checkpoint, and for a document that was deleted or is not there yet. */
  readonly document?: string;
  /** Only on rows of parked streams, so that the index on it costs nothing while all is well. */
  readonly parked?: string;
  /** JSON of the fault. */
  readonly fault?: string;
  readonly [field: string]: unknown;
}

/** The value that all rows of parked streams share, those of a tenant at least, so that one query lists them. */
export const parkedMark = (tenant: string | undefined): string => ofTenant(tenant, 'parked');

export const toReadItem = (projection: AnyProjection, { key, tenant, next }: NewRow): ReadItem => {
  const { document, version, recordedAt, parked } = next;
  return {
    ...keyFields(projection, document, tenant),
    key,
    version,
    recordedAt,
    ...(document === null ? {} : { document: JSON.stringify(document) }),
    ...(parked === undefined ? {} : { [parkedIndex]: parkedMark(tenant), fault: JSON.stringify(parked) }),
  };
};

export const fromReadItem = ({ document, version, recordedAt, fault }: ReadItem): Row => ({
  document: document === undefined ? null : JSON.parse(document),
  version,
  recordedAt,
  ...(fault === undefined ? {} : { parked: JSON.parse(fault) }),
});

const maxTransactionBytes = 4 * 1024 * 1024;

/** The items of one write. @throws TooLargeTogether, before anything is sent, where they are more than a transaction takes. */
export const toReadItems = (projection: AnyProjection, changes: readonly Change[]): readonly ReadItem[] => {
  const items = changes.map((change) => toReadItem(projection, change));
  if (items.length < 2) return items;
  const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
  if (bytes <= maxTransactionBytes) return items;
  throw new TooLargeTogether(
    `${items.length} rows of ${projection.name} take ${bytes} bytes together, ${maxTransactionBytes} are possible`,
  );
};
