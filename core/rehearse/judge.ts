import { type AnyProjection, tableKey } from '../read/projection.ts';
import { foldingOf } from '../write/decider.ts';
import { type Change, changesBetween } from './differences.ts';
import type { Release } from './release.ts';
import type { Fault } from './stream-run.ts';
import type { Tally } from './totals.ts';

/** The result of one release for a stream or a document, or the event where it ends. */
export interface Outcome {
  readonly fault?: Fault | undefined;
  readonly result?: unknown;
}

export interface Case {
  readonly member: string;
  readonly at: string;
  readonly line: number;
  readonly next: Outcome;
  /** Absent if there is nothing to compare with. */
  readonly today?: Outcome | undefined;
  /** Whether the two results must be equal. */
  readonly isBound: boolean;
}

/** Counts what the next release does with a stream or a document, beside what the released one does with it. */
export const judge = (tally: Tally, { member, at, line, next, today, isBound }: Case): void => {
  const [fails, failed] = [next.fault, today?.fault];
  if (fails !== undefined) {
    const isAsToday = failed !== undefined && failed.version <= fails.version;
    tally.member(member, isAsToday ? 'asToday' : 'fails', () => exampleOf(fails));
  } else if (failed !== undefined) tally.member(member, 'healed', () => exampleOf(failed));
  else {
    const changes: readonly Change[] = today === undefined ? [] : changesBetween(today.result, next.result);
    if (changes.length === 0) tally.member(member, 'ok');
    else tally.member(member, isBound ? 'differs' : 'changed', () => ({ at, line, changes }));
  }
};

const exampleOf = ({ eventId, line, error }: Fault) => ({ at: eventId, line, error });

/** The projection of the released code that a projection of the next one is compared with. */
export interface Counterpart {
  readonly projection: AnyProjection;
  /** Whether it is the same revision: then the stored documents stay, so both must make the same. */
  readonly isSame: boolean;
}

/** The same revision, or else the newest one; undefined if the projection is new. */
export const counterpartOf = (projection: AnyProjection, today: Release | undefined): Counterpart | undefined => {
  const alike = (today?.domain.projections ?? []).filter(({ name }) => name === projection.name);
  const same = alike.find((one) => tableKey(one) === tableKey(projection));
  const newest = alike.toSorted((a, b) => b.revision - a.revision)[0];
  const found = same ?? newest;
  return found === undefined ? undefined : { projection: found, isSame: found === same };
};

/** Whether the next release goes on from snapshots of the released one: then both must fold the same state. */
export const readsSnapshotsOf = (next: Release, today: Release, aggregate: string): boolean => {
  const [later, earlier] = [next, today].map((release) => release.membersFor(aggregate).decider);
  if (later === undefined || earlier === undefined) return false;
  const { fingerprint } = foldingOf(earlier);
  const own = foldingOf(later);
  return own.fingerprint === fingerprint || (own.earlier ?? []).includes(fingerprint);
};
