import { InvalidEvent } from '../basics/errors.ts';
import type { Message, Recorded } from '../basics/messages.ts';
import { type Address, eventId } from '../basics/stream.ts';

/** Correlation, causation, actor and process of a command. */
export interface Cause {
  readonly correlationId: string;
  /** The message that led to this command; a command from outside is its own cause. */
  readonly causationId: string;
  /** The person on whose behalf the command was sent. */
  readonly actor?: string | undefined;
  /** The process that sent the command, as `kind:name` (`saga:fulfilment`); absent for a command from outside. */
  readonly by?: string | undefined;
  /** How many processes in a row led to the command; absent (0) for a command from outside. It bounds loops of processes. */
  readonly depth?: number | undefined;
}

/** A wish with an id: the same id twice is the same wish. */
export interface Request extends Cause {
  /** The idempotency key. */
  readonly commandId: string;
  readonly command: Message;
  /** The command's type as the commit keeps it; only where the command has schema versions or answers its caller. */
  readonly commandType?: string | undefined;
  /** Schema version of the command's data as the caller sent it; absent for version 1. */
  readonly commandSchema?: number | undefined;
}

/** What a decision answered to its caller: `schema` is the version of the answer's shape, from 1. */
export interface StoredAnswer {
  readonly schema: number;
  readonly data: unknown;
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
  readonly commandType?: string | undefined;
  readonly commandSchema?: number | undefined;
  readonly answer?: StoredAnswer | undefined;
  /** Format number of the sealed values in its events and its answer; absent where there are none. */
  readonly sealed?: number | undefined;
  /** Why its events cannot be read, where the store has it and something has damaged it: then a blank stands for each. */
  readonly damage?: string;
}

/** The stream's version once the commit is in it. */
export const lastVersion = ({ version, events }: Commit): number => version + events.length - 1;

/** A commit whose events can be read. @throws InvalidEvent, naming the first, where they cannot. */
export const undamaged = (commit: Commit): Commit => {
  if (commit.damage === undefined) return commit;
  throw new InvalidEvent(`${eventId(commit.stream, commit.version)}: the commit cannot be read: ${commit.damage}`);
};

/** The events of a commit, each with its metadata. @throws InvalidEvent, where they cannot be read. */
export const recorded = (commit: Commit): Recorded[] => {
  const { stream, version, events, recordedAt, commandId, correlationId, causationId } = undamaged(commit);
  const { actor, by, depth, commandType, commandSchema } = commit;
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
    },
  }));
};

declare const issued: unique symbol;

/**
 * What a load learned of a stream's end, and the only key to append to it. It is issued by a store and cannot be made:
 * whoever could invent an expected version could write into a gap or into the middle of a commit.
 */
export interface Tail {
  readonly stream: Address;
  /** The stream's version when it was read; 0 for a stream without events. */
  readonly version: number;
  /** About how much memory it takes, with the state that it came with; infinite where that cannot be told. */
  readonly sizeBytes: number;
  readonly [issued]: true;
}

/** How a stream becomes a state, and which snapshots of it can be read. */
export interface Folding<S> {
  /** Tells the state's shape and the evolve code's revision: a snapshot that was taken under another one is not read. */
  readonly fingerprint: string;
  readonly initialState: () => S;
  readonly evolve: (state: S, commit: Commit) => S;
}

/** A stream, folded to its end. */
export interface Loaded<S> {
  readonly state: S;
  readonly tail: Tail;
}

/** A version (where the stream is not that long, its end), or a time in ISO 8601, UTC, milliseconds. */
export type Moment = { readonly version: number } | { readonly at: string };

/** A stream as it was: folded up to a version, and when the last event in it was recorded. */
export interface Past<S> {
  readonly state: S;
  readonly version: number;
  readonly recordedAt: string;
}

/** An eventual read may miss a stream's newest commits, never one in the middle. */
export type Consistency = 'strong' | 'eventual';

/** What is appended: the events of one request, and the state they lead to. */
export interface Decided {
  readonly events: readonly StoredEvent[];
  /** What the decision answers to its caller. The request then names its `commandType`, by which the answer is read. */
  readonly answer?: StoredAnswer | undefined;
  /** Format number of the sealed values in the events and the answer. */
  readonly sealed?: number | undefined;
  /** Kept as a snapshot where that is free, or due. */
  readonly folded: { readonly fingerprint: string; readonly state: unknown };
  /** Names that no other stream may hold from now on, and names that it may. */
  readonly claims?: Claims;
  /** ISO 8601, UTC, milliseconds: for history that is imported. Otherwise, now. */
  readonly recordedAt?: string;
}

export interface Claims {
  readonly claimed: readonly string[];
  readonly released: readonly string[];
}

/**
 * Won: `commit` is stored, by this write (`isNew`) or by an earlier try of the same request.
 * Lost: another writer's `winner` is there instead. `tail` is the stream's end after either.
 */
export type Appended =
  | { readonly won: true; readonly isNew: boolean; readonly commit: Commit; readonly tail: Tail }
  | { readonly won: false; readonly winner: Commit; readonly tail: Tail };

export interface Page {
  readonly commits: readonly Commit[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: number;
}

export interface Range {
  /** The version to begin with: events before it, in the direction of reading, are left out. */
  readonly from: number;
  /** Commits at most. */
  readonly limit: number;
  readonly newestFirst?: boolean;
}

/** One of `of` parts of the whole log; a stream is in one of them, with all its commits. */
export interface Segment {
  readonly index: number;
  readonly of: number;
}

export interface ScanPage {
  /** Each stream's commits stand together and in order; a stream may go on in the next page. A damaged one says so. */
  readonly commits: readonly Commit[];
  /** Where the next page begins, opaque; absent on the last one. */
  readonly cursor?: string;
}

/** A request is remembered for so many commits of its stream, at the least. */
export const recallWindow = 64;

/** The log of one service: streams of commits, each written once. Every method may throw Unavailable. */
export interface EventStore {
  /** The stream, from its newest readable snapshot. */
  load<S>(stream: Address, folding: Folding<S>, consistency: Consistency): Promise<Loaded<S>>;

  /** The tail of a stream that has no events. No read is needed: where there are some, the append is lost. */
  begin(stream: Address): Tail;

  /**
   * Appends the events of one request, all or nothing. An earlier try of the same request counts as won, with its commit.
   * @throws Invalid (`CommitTooLarge`; `InvalidData` for a name that cannot be one; `IdempotencyKeyReused` when the id is taken by a request with other data),
   * Refusal (`NameTaken`).
   */
  append(tail: Tail, request: Request, decided: Decided): Promise<Appended>;

  /** What this request decided, if it is within the window. @throws Invalid (`IdempotencyKeyReused`). */
  recall(tail: Tail, request: Request): Promise<Commit | undefined>;

  /** The commits that hold the events from a version on, strongly consistent. A damaged one says so. */
  read(stream: Address, range: Range): Promise<Page>;

  /** The stream as it was at a version or at a time, folded from the nearest snapshot. At version 0 it is empty. */
  past<S>(stream: Address, folding: Folding<S>, moment: Moment): Promise<Past<S>>;

  /** The whole log, in no order of streams. What is appended meanwhile may be in it or not. */
  scan(segment: Segment, cursor?: string): Promise<ScanPage>;
}
