import type { StreamRecord } from './record.ts';

export interface Shard {
  readonly id: string;
  /** The shard whose records come before this one's; it may be gone already. */
  readonly parent?: string | undefined;
}

/** The records of a shard, from a place on. */
export interface ShardCursor {
  /** The next records, `limit` at most, none if there are none yet; `end` once a closed shard has no more. */
  read(limit: number): Promise<readonly StreamRecord[] | 'end'>;
}

/** A stream, as its readers see it. Every method may throw, and may be called again. */
export interface StreamSource {
  readonly arn: string;
  shards(): Promise<readonly Shard[]>;
  /** Begins behind the record with this sequence number; without one, with the oldest that there is. */
  open(shard: string, after: string | undefined): ShardCursor;
}
