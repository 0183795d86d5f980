import { type Address, eventId, ofTenant, streamName } from '../basics/stream.ts';
import type { Commit, Consistency } from '../log/event-store.ts';
import { Poison } from '../log/poison.ts';
import { type AnyProjection, isOfOneStream, type Versioned } from './projection.ts';

/** One page of an index: equal to `value` in the partition field, in the order of the sort field. */
export interface ListQuery {
  /** Whose documents, in a service that has tenants: no others are in the list. */
  readonly tenant?: string | undefined;
  readonly index: string;
  readonly value: string | number;
  /** Bounds of the sort field, both inclusive, `from` not after `to`; absent: open. */
  readonly from?: string | number | undefined;
  readonly to?: string | number | undefined;
  readonly limit: number;
  readonly descending: boolean;
  /** From the page before, opaque; it belongs to one projection, index and value. */
  readonly cursor?: string | undefined;
}

export interface Entry extends Versioned {
  /** Without the tenant. */
  readonly key: string;
  readonly document: Readonly<Record<string, unknown>>;
}

export interface DocumentPage {
  readonly items: readonly Entry[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/** Why a projection has set a stream aside: it cannot apply an event, and skips those behind it until it is redriven. */
export interface Fault {
  /** The stream's name. */
  readonly stream: string;
  /** The event that could not be applied. */
  readonly eventId: string;
  /** The beginning of its message. */
  readonly error: string;
  /** ISO 8601. */
  readonly parkedAt: string;
}

/** So many characters of it: beside a document that is full there is little room. */
const maxErrorLength = 1000;

/** What is kept of an error that parks a commit's stream. */
export const faultOf = (commit: Commit, error: Error, now: Date): Fault => ({
  stream: streamName(commit.stream),
  eventId: error instanceof Poison ? error.eventId : eventId(commit.stream, commit.version),
  error: error.message.slice(0, maxErrorLength).toWellFormed(),
  parkedAt: now.toISOString(),
});

/** A row of a read table: a document, or how far a stream has come in documents of many streams; often both in one. */
export interface Row extends Versioned {
  readonly parked?: Fault | undefined;
}

/** A row that is replaced; `from` is the version that it was read at, 0 where there was none. */
export interface Change {
  /** It begins with the tenant, where there is one. */
  readonly key: string;
  /** It leads the partitions of the indexes, too: nobody is to forget it. */
  readonly tenant: string | undefined;
  readonly from: number;
  readonly next: Row;
}

/** A row that is put where there is none. */
export type NewRow = Omit<Change, 'from'>;

/** One page of the streams that were set aside: those of a tenant, or those that have none, unless it is said that all are meant. */
export interface ParkedQuery {
  readonly tenant?: string | undefined;
  readonly ofEveryTenant?: boolean;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface ParkedPage {
  readonly items: readonly Fault[];
  readonly cursor?: string;
}

/** How long the key of a row may be, in bytes of UTF-8 and with the tenant: it is a sort key, too, of the index of parked streams. */
export const maxKeyBytes = 1024;

/** How many rows one write can change. */
export const maxChanges = 100;

/** The read models of one service: disposable, rebuilt from the events. Every method may throw Unavailable. */
export interface ReadModels {
  /** The name of the table that the rows are in. One that was made anew has another, though the projection is the same. */
  tableOf(projection: AnyProjection): string;

  /** A row; `nothing` where there is none. */
  get(projection: AnyProjection, key: string, consistency: Consistency): Promise<Row>;

  /** Many rows at once; only those that are there. */
  getMany(projection: AnyProjection, keys: readonly string[], consistency: Consistency): Promise<ReadonlyMap<string, Row>>;

  /**
   * Replaces rows, all or none. False, and nothing is written, where one is no longer at the version that it was read at.
   * @throws Unwritable where the table will never take a row: too large, or an index key of another type; TooLargeTogether where it is
   * only all of them that are too large. A row leaves room for a fault, so that one that was taken can be parked as it is.
   */
  write(projection: AnyProjection, changes: readonly Change[]): Promise<boolean>;

  /**
   * Puts rows where there are none, many at once, each by itself. Answers the keys of those that are in now by this call; the others
   * are for `write`, which says what is the matter with them.
   */
  insert(projection: AnyProjection, rows: readonly NewRow[]): Promise<ReadonlySet<string>>;

  /** Documents through an index; deleted ones are not listed. @throws Invalid (`InvalidCursor`). */
  list(projection: AnyProjection, query: ListQuery): Promise<DocumentPage>;

  /** The streams that a projection has set aside. @throws Invalid (`InvalidCursor`). */
  parked(projection: AnyProjection, query: ParkedQuery): Promise<ParkedPage>;
}

/** The row that says how far a stream has come: the document itself, or a checkpoint beside the documents. */
export const progressKey = (projection: AnyProjection, { tenant, ...stream }: Address): string =>
  ofTenant(tenant, isOfOneStream(projection) ? stream.id : `${checkpointPrefix}${streamName(stream)}`);

export const checkpointPrefix = 'stream#';
