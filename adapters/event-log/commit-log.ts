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
  /** The page was cut short. */
  readonly more: boolean;
}

/** Under which key the stream holds a name: no two streams of one tenant hold the same one. */
export const nameKey = (stream: string, name: string): string => ofTenant(parseStreamName(stream).tenant, name);

/** What an event store needs of a database: items by stream and version, and a put that never replaces one. */
export interface CommitLog {
  /**
   * Puts the item where there is none, with its claims or not at all. Answers the item that is there already; then nothing
   * is written. @throws Refusal (`NameTaken`).
   */
  putNew(item: CommitItem, claims: Claims): Promise<CommitItem | undefined>;

  /** Items whose first version is in the range, in order. */
  query(stream: string, range: ItemRange): Promise<ItemPage>;

  /** Items of all streams, one segment, a page at a time; the items of a stream stand together and in order. */
  scan(segment: Segment, cursor: string | undefined): Promise<{ readonly items: readonly CommitItem[]; readonly cursor?: string }>;
}
