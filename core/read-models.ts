import type { AnyProjection, Versioned } from './projection.ts';

/** One page of an index: equal to `value` in the partition field, in the order of the sort field. */
export interface ListQuery {
  readonly index: string;
  readonly value: string | number;
  readonly limit: number;
  readonly descending: boolean;
  /** From the page before, opaque; it belongs to one projection, index and value. */
  readonly cursor?: string | undefined;
}

export interface Entry extends Versioned {
  readonly key: string;
  readonly document: Readonly<Record<string, unknown>>;
}

export interface DocumentPage {
  readonly items: readonly Entry[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/** The read models of one service: disposable, rebuilt from the events. Every method may throw Unavailable. */
export interface ReadModels {
  /** The document and its version; `nothing` where no event of the stream has been seen. */
  get(projection: AnyProjection, key: string, consistency: 'strong' | 'eventual'): Promise<Versioned>;

  /** Replaces the document at version `from` (0: none yet). False, and nothing is written, if it is not at that version. */
  replace(projection: AnyProjection, key: string, from: number, next: Versioned): Promise<boolean>;

  /** Documents through an index; deleted ones are not listed. @throws Invalid (`InvalidCursor`). */
  list(projection: AnyProjection, query: ListQuery): Promise<DocumentPage>;
}
