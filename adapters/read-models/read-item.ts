import { TooLargeTogether, Unwritable } from '../../core/basics/errors.ts';
import { ofTenant } from '../../core/basics/stream.ts';
import { type AnyProjection, parkedIndex } from '../../core/read/projection.ts';
import type { Change, NewRow, Row } from '../../core/read/read-models.ts';
import { itemBytes, maxItemBytes } from '../aws/item-size.ts';
import { keyFields } from './index-fields.ts';

/** The stored form of a row: the document as JSON, its version and time, and a copy of each indexed field. */
export interface ReadItem {
  readonly key: string;
  readonly version: number;
  readonly recordedAt: string;
  /** Absent for a checkpoint, and for a document that was deleted or does not exist yet. */
  readonly document?: string;
  /** Only on rows of parked streams, so that its index is free while no stream is parked. */
  readonly parked?: string;
  /** JSON of the fault. */
  readonly fault?: string;
  /** Only in a checkpoint that is inside a commit. */
  readonly wholeVersion?: number;
  readonly [field: string]: unknown;
}

/** The value that all parked rows of a tenant share, so that one query lists them. */
export const parkedMark = (tenant: string | undefined): string => ofTenant(tenant, 'parked');

export const toReadItem = (projection: AnyProjection, { key, tenant, next }: NewRow): ReadItem => {
  const { document, version, recordedAt, parked, wholeVersion } = next;
  return {
    ...keyFields(projection, document, tenant),
    key,
    version,
    recordedAt,
    ...(document === null ? {} : { document: JSON.stringify(document) }),
    ...(parked === undefined ? {} : { [parkedIndex]: parkedMark(tenant), fault: JSON.stringify(parked) }),
    ...(wholeVersion === undefined ? {} : { wholeVersion }),
  };
};

export const fromReadItem = ({ document, version, recordedAt, fault, wholeVersion }: ReadItem): Row => ({
  document: document === undefined ? null : JSON.parse(document),
  version,
  recordedAt,
  ...(fault === undefined ? {} : { parked: JSON.parse(fault) }),
  ...(wholeVersion === undefined ? {} : { wholeVersion }),
});

/** The largest fault: a thousand characters of an error, each of them escaped. */
const maxFaultBytes = 8 * 1024;

/** The largest row. A row without a fault leaves room for one, because a stream is parked in the row of its document. */
const maxBytes = ({ fault }: ReadItem): number => (fault === undefined ? maxItemBytes - maxFaultBytes : maxItemBytes);

/** Whether a table accepts a row of this size. */
export const hasRoom = (item: ReadItem): boolean => itemBytes(item) <= maxBytes(item);

const maxTransactionBytes = 4 * 1024 * 1024;

/** The items of one write. @throws Unwritable if an item is too large; TooLargeTogether if all items are too large for one write. */
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
