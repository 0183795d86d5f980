import type { Consistency } from '../core/event-store.ts';
import type { CommitItem } from './commit-item.ts';

export interface Range {
  readonly from: number;
  readonly to?: number;
  readonly limit?: number;
  readonly newestFirst?: boolean;
  readonly consistency: Consistency;
}

/** What an event store needs of a database: items by stream and version, and a put that never replaces one. */
export interface CommitLog {
  /** Puts the item where there is none. Answers the item that is there already; then nothing is written. */
  putNew(item: CommitItem): Promise<CommitItem | undefined>;

  /** Items whose first version is in the range, in order; `more` says that the page was cut short. */
  query(stream: string, range: Range): Promise<{ readonly items: readonly CommitItem[]; readonly more: boolean }>;
}
