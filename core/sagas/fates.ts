import type { Address } from '../basics/stream.ts';

/**
 * What was decided about a run that can be interrupted: an event has interrupted it, or it has passed its point of no return. The first
 * decision holds for ever.
 */
export type Fate = { readonly interruptedBy: string; readonly reason: string } | { readonly passed: true };

/** An event that came too late to interrupt a run. */
export interface LateInterruption {
  /** Its id: `booking-42@3`. */
  readonly event: string;
  readonly type: string;
  /** What it would have given as the reason to abort. */
  readonly reason: string;
}

/** A run that the events of a stream may interrupt, with the token of a step of it that waits. */
export interface InterruptibleRun {
  readonly stream: Address;
  readonly saga: string;
  readonly revision?: number;
  readonly execution: string;
  /** The event that started the run. */
  readonly event: string;
  /** When that event was recorded: ISO 8601. */
  readonly at: string;
  /** How long the row is of use. */
  readonly seconds: number;
  /** Of a step that waits for events. Absent: the run is at its point of no return. */
  readonly waits?: { readonly step: string; readonly index: number; readonly token: string };
}

/** What is known of the interruptions of a run. */
export interface KnownInterruptions {
  readonly fate?: Fate;
  readonly tooLate: readonly LateInterruption[];
}

/** The store of the decisions about runs that can be interrupted. */
export interface SagaFates {
  /** Stores a run under a stream, one row for each token. */
  listen(run: InterruptibleRun): Promise<void>;
  /** All runs under a stream, strongly consistent: it contains every run whose `listen` has resolved. */
  listeningTo(stream: Address): Promise<readonly InterruptibleRun[]>;
  /** Deletes the row of this token only. */
  forget(run: InterruptibleRun): Promise<void>;
  /** Stores the decision if there is none: one conditional write. Returns the decision that holds. */
  decide(execution: string, fate: Fate): Promise<Fate>;
  /** Stores an event that came too late. Two calls for one event store it once. */
  refuse(execution: string, late: LateInterruption): Promise<void>;
  of(execution: string): Promise<KnownInterruptions>;
}

/** The run that has a key, by the event that started it, and since when: ISO 8601. */
export interface Claim {
  readonly event: string;
  readonly since: string;
}

/** The key of a run that must be the only one of its key. */
export interface ClaimKey {
  /** The name that the saga had first. */
  readonly saga: string;
  readonly tenant: string | undefined;
  readonly key: string;
}

/** The store of the keys of unique sagas. */
export interface SagaClaims {
  /**
   * Claims a key for the run of an event, if no run has it, if this run has it, or if the run `after` has it: one conditional write. Returns
   * the claim that holds.
   */
  take(key: ClaimKey, event: string, after?: Claim): Promise<Claim>;
  /** Stores that the event started no run, because the run of `holder` has its key. */
  refuse(saga: string, event: string, holder: string): Promise<void>;
  /** The event of the run that had the key, if the event started none for that reason. */
  refusedFor(saga: string, event: string): Promise<string | undefined>;
}
