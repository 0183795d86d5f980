import { TooLargeTogether, Unwritable } from '../../core/basics/errors.ts';
import { ofTenant } from '../../core/basics/stream.ts';
import { type AnyProjection, parkedIndex } from '../../core/read/projection.ts';
import type { Change, NewRow, Row } from '../../core/read/read-models.ts';
import { itemBytes, maxItemBytes } from '../aws/item-size.ts';
import { keyFields } from './index-fields.ts';

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

/** What a fault takes at the most, with a thousand characters of an error and each of them escaped. */
const maxFaultBytes = 8 * 1024;

/** A row leaves room for its fault: a stream whose document is full is to be parked, and that is written beside the document. */
const maxBytes = ({ fault }: ReadItem): number => (fault === undefined ? maxItemBytes - maxFaultBytes : maxItemBytes);

/** Whether a table takes a row of this size. */
export const hasRoom = (item: ReadItem): boolean => itemBytes(item) <= maxBytes(item);

const maxTransactionBytes = 4 * 1024 * 1024;

/** The items of one write. @throws Unwritable, before anything is sent: one is too large, or they are together (TooLargeTogether). */
export const toReadItems = (projection: AnyProjection, changes: readonly Change[]): readonly ReadItem[] => {
  const items = changes.map((change) => toReadItem(projection, change));
  const large = items.find((item) => !hasRoom(item));
  if (large !== undefined) throw new Unwritable(`the row '${large.key}' takes ${itemBytes(large)} bytes, ${maxBytes(large)} are possible`);
  if (items.length < 2) return items;
  const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
  if (bytes <= maxTransactionBytes) return items;
  throw new TooLargeTogether(
    `${items.length} rows of ${projection.name} take ${bytes} bytes together, ${maxTransactionBytes} are possible`,
  );
};
