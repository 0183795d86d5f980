import { InvalidEvent } from '../basics/errors.ts';
import type { Message, Recorded } from '../basics/messages.ts';
import { type Address, eventId } from '../basics/stream.ts';

/** Correlation, causation, actor and process of a command. */
export interface Cause {
  readonly correlationId: string;
  /** Id of the message that led to this command. A command from outside is its own cause. */
  readonly causationId: string;
  /** The person on whose behalf the command was sent. */
  readonly actor?: string | undefined;
  /** The process that sent the command, as `kind:name` (`saga:fulfilment`); absent for a command from outside. */
  readonly by?: string | undefined;
  /** How many processes in a row led to the command; absent (0) for a command from outside. The number bounds loops of processes. */
  readonly depth?: number | undefined;
}

/** What a process knows of the tries of its request: a process may send a request again long after the stream has forgotten its id. */
export interface Tries {
  /** No earlier try has ended. `false`: an earlier try may have been stored. */
  readonly isFirst: boolean;
  /** No commit with an earlier time is of a try, whatever clocks say: ISO 8601. It is asked only if the stream is longer than the tail. */
  readonly since: () => Promise<string>;
}

/** A command with its idempotency key. Two requests with one id (`hasIdOf`) are the same request. */
export interface Request extends Cause {
  /** The idempotency key. */
  readonly commandId: string;
  /**
   * `client`: a client chose the key, so it is an id of this client (`actor`) only. Absent: a process of the service sent the command. The
   * two are namespaces: no key of a client is the id of a process.
   */
  readonly commandFrom?: 'client' | undefined;
  /** Of a process's request. Absent: the store recognises an earlier try within the recall window. It is not stored. */
  readonly tries?: Tries | undefined;
  readonly command: Message;
  /** The data of the command as it was received, before defaults were added and unknown fields removed. The default is `command.data`. */
  readonly received?: unknown;
  /** The digest of the original request, if the commit is a copy out of another log. The default is the digest of type and received data. */
  readonly digest?: Uint8Array | undefined;
  /** The command's type, stored in the commit. Present only if the command has schema versions or answers its caller. */
  readonly commandType?: string | undefined;
  /** Schema version of the command's data as the caller sent it; absent for version 1. */
  readonly commandSchema?: number | undefined;
}

/** A decision's answer to its caller. `schema` is the version of the answer's shape, from 1. */
export interface StoredAnswer {
  readonly schema: number;
  readonly data: unknown;
}

/** An event as the store keeps it. `schema` is the version of its data's shape, from 1. */
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
  readonly commandFrom?: 'client' | undefined;
  readonly commandType?: string | undefined;
  readonly commandSchema?: number | undefined;
  readonly answer?: StoredAnswer | undefined;
  /** Format number of the sealed values in the events and the answer; absent without sealed values. */
  readonly sealed?: number | undefined;
  /** Why the events of a damaged commit cannot be read. A blank event then stands for each of them. */
  readonly damage?: string;
}

/** The id of a command, and whose id it is. */
export type CommandId = Pick<Request, 'commandId' | 'commandFrom' | 'actor'>;

/** Whether two commands to one stream have the same id. The id of a client includes its actor; the stream's name includes the tenant. */
export const hasIdOf = (one: CommandId, other: CommandId): boolean =>
  one.commandId === other.commandId &&
  one.commandFrom === other.commandFrom &&
  (one.commandFrom === undefined || one.actor === other.actor);

/** The stream's version after this commit. */
export const lastVersion = ({ version, events }: Commit): number => version + events.length - 1;

/** The commit, if its events can be read. @throws InvalidEvent, naming the commit's first event, if it is damaged. */
export const undamaged = (commit: Commit): Commit => {
  if (commit.damage === undefined) return commit;
  throw new InvalidEvent(`${eventId(commit.stream, commit.version)}: the commit cannot be read: ${commit.damage}`);
};

/** The events of a commit, each with its metadata. @throws InvalidEvent if the commit is damaged. */
export const recorded = (commit: Commit): Recorded[] => {
  const { stream, version, events, recordedAt, commandId, correlationId, causationId } = undamaged(commit);
  const { actor, by, depth, commandType, commandSchema, commandFrom } = commit;
  return events.map(({ type, data }, index) => ({
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
      ...(by === undefined ? {} : { by }),
      ...(depth === undefined ? {} : { depth }),
      ...(commandType === undefined ? {} : { commandType }),
      ...(commandSchema === undefined ? {} : { commandSchema }),
      ...(commandFrom === undefined ? {} : { commandFrom }),
    },
  }));
};

declare const issued: unique symbol;

/**
 * The end of a stream as a load found it, and the only key to append to the stream. Only an event store can issue a tail: a caller that
 * could invent an expected version could write into a gap or into the middle of a commit.
 */
export interface Tail {
  readonly stream: Address;
  /** The stream's version when it was read; 0 for a stream without events. */
  readonly version: number;
  /** Estimated memory of the tail and the state that was loaded with it; infinite if unknown. */
  readonly sizeBytes: number;
  readonly [issued]: true;
}

/** How to fold a stream into a state, and which of its snapshots this code can read. */
export interface Folding<S> {
  /** Identifies the state's shape and the revision of the evolve code. The store ignores snapshots with another fingerprint. */
  readonly fingerprint: string;
  /** The fingerprints of earlier code whose snapshots this code can read, too. */
  readonly earlier?: readonly string[];
  readonly initialState: () => S;
  readonly evolve: (state: S, commit: Commit) => S;
}

/** A stream, folded to its end. */
export interface Loaded<S> {
  readonly state: S;
  readonly tail: Tail;
}

/** A version (beyond the stream's end: the end), or a time in ISO 8601, UTC, milliseconds. */
export type Moment = { readonly version: number } | { readonly at: string };

/** A past state of a stream: folded up to `version`, whose event was recorded at `recordedAt`. */
export interface Past<S> {
  readonly state: S;
  readonly version: number;
  readonly recordedAt: string;
}

/** An eventual read may miss a stream's newest commits, but no earlier one. */
export type Consistency = 'strong' | 'eventual';

/** What an append writes: the events of one request, and the state after them. */
export interface Decided {
  readonly events: readonly StoredEvent[];
  /** The decision's answer to its caller. A request with an answer must name its `commandType`, because it tells how to read the answer. */
  readonly answer?: StoredAnswer | undefined;
  /** Format number of the sealed values in the events and the answer. */
  readonly sealed?: number | undefined;
  /** The state after the events. The store keeps it as a snapshot if that costs no write unit, or if a snapshot is due. */
  readonly folded: { readonly fingerprint: string; readonly state: unknown };
  /** Names that this append takes and releases. */
  readonly claims?: Claims;
  /** The ends of other streams that the decision has read. The append loses if one of these streams has moved. */
  readonly reads?: readonly Tail[];
  /** ISO 8601, UTC, milliseconds: the time of the decision (`timeAfter`). The default is now. */
  readonly recordedAt?: string;
}

/** Unique names: no other stream can take a claimed name until its holder releases it. */
export interface Claims {
  readonly claimed: readonly string[];
  readonly released: readonly string[];
}

/**
 * The outcome of an append. Won: `commit` is stored, by this write (`isNew`) or by an earlier try of the same request.
 * Lost: nothing is stored. Another writer's commit `winner` has this version, or streams that the decision has read have `moved`. Neither: a
 * transaction on the same items was under way, and the same append may win a moment later.
 * `tail` is the stream's end after `commit` or `winner`.
 */
export type Appended =
  | { readonly won: true; readonly isNew: boolean; readonly commit: Commit; readonly tail: Tail }
  | { readonly won: false; readonly winner?: Commit; readonly moved: readonly Ahead[]; readonly tail: Tail };

/** The next commit of a stream after a tail, and the stream's end after this commit. */
export interface Ahead {
  readonly commit: Commit;
  readonly tail: Tail;
}

export interface Page {
  readonly commits: readonly Commit[];
  /** The version where the next page begins; absent on the last page. */
  readonly next?: number;
}

export interface Range {
  /** The version to begin with, in the direction of reading. */
  readonly from: number;
  /** The largest number of commits to read. */
  readonly limit: number;
  /** The largest JSON text of the page's commits together; a page has at least one commit. The default is 8,000,000. */
  readonly maxBytes?: number;
  readonly newestFirst?: boolean;
}

/** Part `index` (from 0) of `of` parts of the log. All commits of a stream are in the same part. */
export interface Segment {
  readonly index: number;
  readonly of: number;
}

export interface ScanPage {
  /** The commits of a stream stand together and in order; a stream may continue on the next page. A damaged commit has `damage`. */
  readonly commits: readonly Commit[];
  /** Where the next page begins; opaque; absent on the last page. */
  readonly cursor?: string;
}

/**
 * The write side recognises a repeated request for at least this many further commits of its stream. For a process's request that may have
 * been tried before it looks further back, in the log (`Tries`).
 */
export const recallWindow = 64;

/** More than the clocks of two writers ever differ. An imported event may lie so far in the future. */
export const clocksDifferMilliseconds = 5 * 60_000;

/** The log of one service: streams of commits that are written once and never changed. Every method may throw Unavailable. */
export interface EventStore {
  /** Folds the stream from its newest readable snapshot to its end. */
  load<S>(stream: Address, folding: Folding<S>, consistency: Consistency): Promise<Loaded<S>>;

  /** The tail of a new stream. It needs no read: if the stream has events, the append loses. */
  begin(stream: Address): Tail;

  /**
   * The time of a commit that is appended to this tail now, or of one that happened at `at`: ISO 8601, UTC, milliseconds, and never earlier
   * than the commit before it, because clocks of different machines disagree.
   */
  timeAfter(tail: Tail, at?: string): string;

  /**
   * Appends all events of one request, or no event. If an earlier try of the same request was stored, the append wins with its commit.
   * @throws Invalid: `CommitTooLarge`; `InvalidData` (an impossible name); `IdempotencyKeyReused` (a request with other data has this id).
   * @throws Refusal: `NameTaken`.
   */
  append(tail: Tail, request: Request, decided: Decided): Promise<Appended>;

  /**
   * The commit of an earlier try of this request, if it is within the last `recallWindow` commits; for a process's request that may have
   * been tried before, also if it was recorded since `tries.since`.
   * @throws Invalid (`IdempotencyKeyReused`) if a request with other data has this id.
   */
  recall(tail: Tail, request: Request): Promise<Commit | undefined>;

  /**
   * The commits that contain the events from a version on, strongly consistent. A damaged commit has `damage`. A page may have fewer commits
   * than `limit`, because it also ends at `maxBytes`: read on until there is no `next`.
   */
  read(stream: Address, range: Range): Promise<Page>;

  /** The stream's state at a version or a time, folded from the nearest snapshot. At version 0 it is the initial state. */
  past<S>(stream: Address, folding: Folding<S>, moment: Moment): Promise<Past<S>>;

  /**
   * One page of a segment of the log, of at most 8,000,000 bytes of JSON text. Streams come in no order. Commits that are appended during the
   * scan may be missing.
   */
  scan(segment: Segment, cursor?: string): Promise<ScanPage>;
}
