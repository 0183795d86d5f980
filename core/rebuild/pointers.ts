import { Unavailable } from '../basics/errors.ts';
import type { Segment } from '../log/event-store.ts';

/** The progress of one segment of a fill. */
export interface SegmentProgress extends Segment {
  readonly commits: number;
  /** Where to continue; absent before the first page and after the last. */
  readonly cursor?: string;
  readonly isDone: boolean;
}

/** The record of one revision of a projection. */
export interface Revision {
  /** `complete`: an audit has proven that its table contains every event. */
  readonly state: 'filling' | 'complete' | 'failed';
  /** The number of the current rebuild, from 1. */
  readonly attempt: number;
  /** The physical name of the table that this record describes; absent in records of older releases. */
  readonly table?: string;
  /** The revision came with the first deployment, so every projector that ever ran knows it. */
  readonly isFirst: boolean;
  /** ISO 8601: when the state last changed. */
  readonly since: string;
  /** Empty until a rebuild has planned them. */
  readonly segments: readonly SegmentProgress[];
  /** Why it failed. */
  readonly error?: string;
}

/** The revisions of a projection, and which of them serves. There is one record per projection. */
export interface Pointer {
  /** The projection's name. */
  readonly projection: string;
  /** Goes up by one with every change; 0 for a projection without a record. */
  readonly version: number;
  /** The revision that queries read; absent until one is complete. It may be incomplete if every complete revision has left the domain. */
  readonly serves?: number;
  /** The revision that the projector feeds before all others, so no other revision has an event that it lacks. */
  readonly leads?: number;
  /** ISO 8601: since when it leads. */
  readonly leadsSince?: string;
  /** By revision. */
  readonly revisions: Readonly<Record<string, Revision>>;
}

/** The pointers of one service. Every method may throw Unavailable. */
export interface Pointers {
  /** Reads a pointer, strongly consistent: after a flip is answered, every reader sees it. At version 0 no pointer is stored. */
  read(projection: string): Promise<Pointer>;

  /** Replaces the pointer of the previous version in one conditional write. Returns false, without a write, if another version is there. */
  write(pointer: Pointer): Promise<boolean>;
}

/** The pointer of a projection without a record. */
export const noPointer = (projection: string): Pointer => ({ projection, version: 0, revisions: {} });

export interface PointerStore {
  readonly pointers: Pointers;
  /** Waits before the next try after a conflict. */
  readonly pause: (conflicts: number) => Promise<void>;
}

const maxConflicts = 20;

/**
 * Reads a pointer, decides, and writes the result. If another writer was first, it decides again on the new pointer. If it returns
 * the pointer that it was given, it writes no record. After a lost response a decision gets its own result, so it must accept that.
 * @throws Unavailable if other writers were first in every try; the errors of the decision.
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
  throw new Unavailable(`other writers changed the pointer of ${projection} ${maxConflicts} times`);
};
