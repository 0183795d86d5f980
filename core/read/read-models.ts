import type { Needs } from '../basics/errors.ts';
import { type Address, eventId, ofTenant, streamName } from '../basics/stream.ts';
import type { Commit, Consistency } from '../log/event-store.ts';
import { needsOf } from '../log/newer-release.ts';
import { Poison } from '../log/poison.ts';
import { type AnyProjection, isOfOneStream, type Versioned } from './projection.ts';

/** A request for one page of an index: documents with `value` in the partition field, in the order of the sort field. */
export interface ListQuery {
  /** The tenant whose documents are listed; absent in a service without tenants. */
  readonly tenant?: string | undefined;
  readonly index: string;
  readonly value: string | number;
  /** Bounds of the sort field, both inclusive; an absent bound is open. `from` must not be after `to`. */
  readonly from?: string | number | undefined;
  readonly to?: string | number | undefined;
  readonly limit: number;
  readonly descending: boolean;
  /** The cursor of the previous page; opaque. It is valid for one projection, index and value. */
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

/** Why a projection has parked a stream: it cannot apply an event. It skips the later events of the stream until it is redriven. */
export interface Fault {
  /** The stream's name. */
  readonly stream: string;
  /** The event that the projection cannot apply. */
  readonly eventId: string;
  /** The first 1,000 characters of the error's message. */
  readonly error: string;
  /** ISO 8601. */
  readonly parkedAt: string;
  /** Only if a newer release wrote the event: the stream waits for a release that knows this, and is then brought up to date by itself. */
  readonly needs?: Needs;
}

/** In characters. A row with a document of the largest size has little room left. */
const maxErrorLength = 1000;

/** The fault to store when an error parks a stream. It names the event of a Poison, or else the event at this version. */
export const faultOf = ({ stream, version }: Pick<Commit, 'stream' | 'version'>, error: Error, now: Date): Fault => {
  const needs = needsOf(error);
  return {
    stream: streamName(stream),
    eventId: error instanceof Poison ? error.eventId : eventId(stream, version),
    error: error.message.slice(0, maxErrorLength).toWellFormed(),
    parkedAt: now.toISOString(),
    ...(needs === undefined ? {} : { needs }),
  };
};

/** A row of a read table: a document, or a stream's checkpoint. A document of one stream is both. */
export interface Row extends Versioned {
  readonly parked?: Fault | undefined;
  /**
   * Only in a checkpoint whose `version` is inside a commit, because several transactions write the documents of that commit: the version of
   * the last commit that is written whole.
   */
  readonly wholeVersion?: number | undefined;
}

/** The version up to which a row contains whole commits. */
export const wholeVersion = (row: Row): number => row.wholeVersion ?? row.version;

/** A row to write in place of another, or as a new row. */
export interface Change {
  /** The row's key, with the tenant before it. */
  readonly key: string;
  /** The tenant; also prefixed to every index partition. The field is required so that no caller can omit it. */
  readonly tenant: string | undefined;
  /**
   * The version at which the row was read; 0 if there was no row. `unread` if the row was not read: then there must be no row, not even a
   * parked one at version 0.
   */
  readonly from: number | 'unread';
  readonly next: Row;
}

/** A row to insert if its key is free. */
export type NewRow = Omit<Change, 'from'>;

/** A request for one page of parked streams: those of `tenant`, those without a tenant if it is absent, or all with `ofEveryTenant`. */
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

/** The longest key of a row, in bytes of UTF-8, tenant included. The key is also a sort key of the index of parked streams. */
export const maxKeyBytes = 1024;

/** The largest number of rows in one write. */
export const maxChanges = 100;

/** The read tables of one service. They are disposable, because they can be rebuilt from the events. Every method may throw Unavailable. */
export interface ReadModels {
  /** The physical name of a projection's table. A table that was created again has another name. */
  tableOf(projection: AnyProjection): string;

  /** A row; `nothing` where there is none. */
  get(projection: AnyProjection, key: string, consistency: Consistency): Promise<Row>;

  /** Many rows in one request, by key. The map has no entry for a missing row. */
  getMany(projection: AnyProjection, keys: readonly string[], consistency: Consistency): Promise<ReadonlyMap<string, Row>>;

  /**
   * Replaces all rows, or no row. Returns false, and writes nothing, if a row is no longer at the version at which it was read. The size
   * limit of a row leaves room for a fault, so every stored row can be parked.
   * @throws Unwritable if the table rejects a row for good (too large, or an index key of another type); TooLargeTogether if the rows are
   * too large only for one write.
   */
  write(projection: AnyProjection, changes: readonly Change[]): Promise<boolean>;

  /**
   * Inserts new rows, each independently of the others. Returns the keys that this call inserted. Pass the other rows to `write`, which
   * reports why they failed.
   */
  insert(projection: AnyProjection, rows: readonly NewRow[]): Promise<ReadonlySet<string>>;

  /** Lists documents through an index, without deleted ones. @throws Invalid (`InvalidCursor`). */
  list(projection: AnyProjection, query: ListQuery): Promise<DocumentPage>;

  /** Lists the streams that a projection has parked. @throws Invalid (`InvalidCursor`). */
  parked(projection: AnyProjection, query: ParkedQuery): Promise<ParkedPage>;
}

/** The key of the row with a stream's version: its document, or its checkpoint beside documents of many streams. */
export const progressKey = (projection: AnyProjection, { tenant, ...stream }: Address): string =>
  ofTenant(tenant, isOfOneStream(projection) ? stream.id : `${checkpointPrefix}${streamName(stream)}`);

export const checkpointPrefix = 'stream#';

/** Whether a projection may choose this key for a document of the tenant. */
export const isDocumentKey = (tenant: string | undefined, key: string): boolean =>
  key !== '' && key.isWellFormed() && !key.startsWith(checkpointPrefix) && Buffer.byteLength(ofTenant(tenant, key)) <= maxKeyBytes;

export const documentKeyRule = `a document's key is text of 1 to ${maxKeyBytes} bytes that does not begin with '${checkpointPrefix}'`;
