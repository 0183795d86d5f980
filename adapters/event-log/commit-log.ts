import { Invalid } from '../../core/basics/errors.ts';
import { ofTenant, parseStreamName } from '../../core/basics/stream.ts';
import type { Claims, Consistency, Segment } from '../../core/log/event-store.ts';
import type { CommitItem } from './commit-item.ts';

export interface ItemRange {
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
  readonly newestFirst?: boolean;
  readonly consistency: Consistency;
}

export interface ItemPage {
  readonly items: readonly CommitItem[];
  /** Whether the range has more items than this page. */
  readonly more: boolean;
}

/** The key of a claimed name. Names are unique per tenant. */
export const nameKey = (stream: string, name: string): string => ofTenant(parseStreamName(stream).tenant, name);

/** The cursor of the page after this item. A scan answers the same at the end of its own page. */
export const cursorAfter = ({ stream, version }: Pick<CommitItem, 'stream' | 'version'>): string => JSON.stringify({ stream, version });

/** The database under an event store: items by stream and version, and a put that replaces no item. */
export interface CommitLog {
  /**
   * Puts an item and its claims, if the place is free. If another item has its place, it writes nothing and returns that item.
   * @throws Refusal (`NameTaken`).
   */
  putNew(item: CommitItem, claims: Claims): Promise<CommitItem | undefined>;

  /** The items whose first version is in the range, in order. */
  query(stream: string, range: ItemRange): Promise<ItemPage>;

  /** One page of a segment of all items, after the item of `cursorAfter`. The items of a stream stand together and in order. */
  scan(segment: Segment, cursor: string | undefined): Promise<{ readonly items: readonly CommitItem[]; readonly cursor?: string }>;
}

const maxKeyBytes = 2048; // The name, after its tenant, is a partition key.

/** The claims without duplicates and impossible releases. @throws Invalid (`InvalidData`) if a claimed name is empty, too long or no text. */
export const checkedClaims = (claims: Claims, tenant: string | undefined): Claims => {
  const { claimed, released } = claims;
  if (claimed.length + released.length === 0) return claims;
  const maxNameBytes = maxKeyBytes - Buffer.byteLength(ofTenant(tenant, ''));
  const isName = (name: string): boolean => name !== '' && name.isWellFormed() && Buffer.byteLength(name) <= maxNameBytes;
  const bad = claimed.find((name) => !isName(name));
  if (bad !== undefined) {
    const rule = bad.isWellFormed()
      ? `has 1 to ${maxNameBytes} bytes, and this one has ${Buffer.byteLength(bad)}`
      : 'cannot have half of a surrogate pair';
    throw new Invalid('InvalidData', `a claimed name ${rule}: '${bad.slice(0, 100).toWellFormed()}'`);
  }
  return { claimed: [...new Set(claimed)], released: [...new Set(released)].filter(isName) };
};
