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

/** The place of a commit in the log. */
export type Place = Pick<CommitItem, 'stream' | 'version'>;

export const isSamePlace = (one: Place, other: Place): boolean => one.stream === other.stream && one.version === other.version;

/** What a put takes and needs beside its own place. */
export interface Terms extends Claims {
  /** The places of the next commits of other streams. All of them must be free. */
  readonly unmoved: readonly Place[];
}

/** Whether a put has terms, and so needs a transaction. */
export const hasTerms = ({ claimed, released, unmoved }: Terms): boolean => claimed.length + released.length + unmoved.length > 0;

/** The database under an event store: items by stream and version, and a put that replaces no item. */
export interface CommitLog {
  /**
   * Puts an item on these terms, if its place and the places that must be free are free. Otherwise it writes nothing and returns the items
   * in these places, without an order. It may know none of them: then a transaction on the same items was under way.
   * @throws Refusal (`NameTaken`).
   */
  putNew(item: CommitItem, terms: Terms): Promise<readonly CommitItem[] | undefined>;

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

const maxTerms = 99; // A transaction has at most 100 items, and the commit is one of them.

/**
 * The terms of a commit to a stream, without duplicates and impossible releases.
 * @throws Invalid: `InvalidData` (a claimed name is empty, too long or no text); `CommitTooLarge` (more names and streams than possible).
 */
export const checkedTerms = ({ stream, ...terms }: Terms & { readonly stream: string }): Terms => {
  const { claimed, released } = checkedClaims(terms, parseStreamName(stream).tenant);
  const unmoved = terms.unmoved.filter((one, index) => terms.unmoved.findIndex((other) => isSamePlace(one, other)) === index);
  const names = claimed.length + released.length;
  if (names + unmoved.length <= maxTerms) return { claimed, released, unmoved };
  const what = [`claims and releases ${names} names`, ...(unmoved.length === 0 ? [] : [`reads ${listed(unmoved)}`])].join(' and ');
  const details = { stream, names, streams: unmoved.length, max: maxTerms };
  throw new Invalid('CommitTooLarge', `a commit to ${stream} ${what}, ${maxTerms} are possible`, details);
};

/** `3 streams (a-1, a-2, a-3)`; the first five of more. */
const listed = (places: readonly Place[]): string => {
  const names = places.slice(0, 5).map(({ stream }) => stream);
  return `${places.length} streams (${[...names, ...(places.length > 5 ? ['…'] : [])].join(', ')})`;
};
