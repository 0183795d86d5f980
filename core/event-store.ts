import type { Message, Recorded } from './messages.ts';
import { type Address, eventId } from './stream.ts';

/** Why something happens, and at whose wish. */
export interface Cause {
  readonly correlationId: string;
  /** The message that led to this command; a command from outside is its own cause. */
  readonly causationId: string;
  readonly actor?: string | undefined;
}

/** A wish with an id: the same id twice is the same wish. */
export interface Request extends Cause {
  /** The idempotency key. */
  readonly commandId: string;
  readonly command: Message;
}

/** An event as it is kept: `schema` is the version of its data's shape, from 1. */
export interface StoredEvent extends Message {
  readonly schema: number;
}

/** The events of one command, appended together and never changed. */
export interface Commit extends Cause {
  readonly stream: Address;
  /** Version of the first event, from 1. */
  readonly version: number;
  readonly events: readonly StoredEvent[];
  /** ISO 8601, UTC, milliseconds. */
  readonly recordedAt: string;
  readonly commandId: string;
}

/** The stream's version once the commit is in it. */
export const lastVersion = ({ version, events }: Commit): number => version + events.length - 1;

/** The events of a commit, each with its metadata. */
export const recorded = ({ stream, version, events, recordedAt, commandId, correlationId, causationId, actor }: Commit): Recorded[] =>
  events.map(({ type, data }, index) => ({
    type,
    data,
    metadata: {
      eventId: eventId(stream, version + index),
      ...stream,
      version: version + index,
      recordedAt,
      commandId,
      correlationId,
      causationId,
      ...(actor === undefined ? {} : { actor }),
    },
  }));

declare const issued: unique symbol;

/**
 * What a load learned of a stream's end, and the only key to append to it. It is issued by a store and cannot be made:
 * whoever could invent an expected version could write into a gap or into the middle of a commit.
 */
export interface Tail {
  readonly stream: Address;
  /** The stream's version when it was read; 0 for a stream without events. */
  readonly version: number;
  readonly [issued]: true;
}

/** A stream, read to its end. */
export interface Loaded {
  readonly tail: Tail;
  /** Every commit, oldest first. */
  readonly commits: readonly Commit[];
}

export type Consistency = 'strong' | 'eventual';

/** Won: `commit` is stored. Lost: another writer's `winner` is there instead. `tail` is the stream's end after either. */
export type Appended =
  | { readonly won: true; readonly commit: Commit; readonly tail: Tail }
  | { readonly won: false; readonly winner: Commit; readonly tail: Tail };

export interface Page {
  readonly commits: readonly Commit[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: number;
}

/** The log of one service: streams of commits, each written once. Every method may throw Unavailable. */
export interface EventStore {
  /** The whole stream; an eventual read may miss its newest commits, never one in the middle. */
  load(stream: Address, consistency: Consistency): Promise<Loaded>;

  /**
   * Appends the events of one request, all or nothing. An earlier try of the same request counts as won, with its commit.
   * @throws Invalid (`CommitTooLarge`; `IdempotencyKeyReused` when the id is taken by a request with other data).
   */
  append(tail: Tail, request: Request, events: readonly StoredEvent[]): Promise<Appended>;

  /** What this request decided, if the tail remembers it. @throws Invalid (`IdempotencyKeyReused`). */
  recall(tail: Tail, request: Request): Promise<Commit | undefined>;

  /** The commits that hold the events from version `from` on, oldest first, strongly consistent; `limit` commits at most. */
  read(stream: Address, from: number, limit: number): Promise<Page>;
}
