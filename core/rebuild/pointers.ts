import { Unavailable } from '../basics/errors.ts';
import type { Segment } from '../log/event-store.ts';

/** How far one segment of a fill has come. */
export interface SegmentProgress extends Segment {
  readonly commits: number;
  /** Where to go on; absent before the first page, and once it is done. */
  readonly cursor?: string;
  readonly isDone: boolean;
}

/** How one revision of a projection stands. */
export interface Revision {
  /** Only what is complete was proven to hold every event, by an audit. */
  readonly state: 'filling' | 'complete' | 'failed';
  /** Counts the rebuilds that were started for it. */
  readonly attempt: number;
  /** The name of the table that all of this is said of; records of an older release have none. */
  readonly table?: string;
  /** It came with the very first deployment: no projector has ever run that did not know it. */
  readonly isFirst: boolean;
  /** ISO 8601: since when the state is what it is. */
  readonly since: string;
  /** Empty until a rebuild has planned them. */
  readonly segments: readonly SegmentProgress[];
  /** Why it failed. */
  readonly error?: string;
}

/** What is known of a projection's revisions, and which of them serves. One record for each name. */
export interface Pointer {
  /** The projection's name. */
  readonly projection: string;
  /** Goes up by one with every change; 0 where nothing was recorded yet. */
  readonly version: number;
  /** The revision that queries read; none until a first one is complete. It is not complete where all that were have left. */
  readonly serves?: number;
  /** The revision that the projector feeds before all others: none of them ever holds what it does not. */
  readonly leads?: number;
  /** ISO 8601: since when. */
  readonly leadsSince?: string;
  /** By revision. */
  readonly revisions: Readonly<Record<string, Revision>>;
}

/** The pointers of one service. Every method may throw Unavailable. */
export interface Pointers {
  /** Strongly consistent: once a flip was answered, nobody reads the pointer as it was before. At version 0 there is none. */
  read(projection: string): Promise<Pointer>;

  /** Replaces the pointer that is one version older, in one conditional write. False, and nothing is written, where it is not. */
  write(pointer: Pointer): Promise<boolean>;
}

export const noPointer = (projection: string): Pointer => ({ projection, version: 0, revisions: {} });

export interface PointerStore {
  readonly pointers: Pointers;
  /** Waits before the nth conflict is tried again. */
  readonly pause: (conflicts: number) => Promise<void>;
}

const maxConflicts = 20;

/**
 * Load, decide, write; where another writer was first, decide again on what it wrote. A decision that answers the pointer it was
 * given writes nothing. It may be asked twice of its own result, after a response that was lost, and has to accept it.
 * @throws Unavailable where other writers kept being first, or what the decision throws.
 */
export const changePointer = async (
  { pointers, pause }: PointerStore,
  projection: string,
  decide: (pointer: Pointer) => Pointer,
): Promise<Pointer> => {
  for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
    const pointer = await pointers.read(projection);
    const decided = decide(pointer);
    if (decided === pointer) return pointer;
    const next = { ...decided, version: pointer.version + 1 };
    if (await pointers.write(next)) return next;
    await pause(Math.min(conflicts, 6));
  }
  throw new Unavailable(`the pointer of ${projection} was moved by others ${maxConflicts} times`);
};
