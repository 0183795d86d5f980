import type { AnyProjection } from '../read/projection.ts';
import type { ReadModels } from '../read/read-models.ts';
import type { Pointer, Revision, SegmentProgress } from './pointers.ts';

// The changes of a pointer. Each is pure and accepts its own result, so it may be tried again.

/** The record of a revision. @throws Error if the pointer has none, because the revision has left the domain. */
export const revisionIn = ({ projection, revisions }: Pointer, revision: number): Revision => {
  const found = revisions[revision];
  if (found === undefined) throw new Error(`${projection}@${revision} is not a revision of this service`);
  return found;
};

const isComplete = ({ revisions }: Pointer, revision: number): boolean => revisions[revision]?.state === 'complete';

/** A revision, and the physical name of its present table. */
export interface RevisionTable {
  readonly revision: number;
  readonly table: string;
}

export type Tables = Pick<ReadModels, 'tableOf'>;

export const revisionTable = ({ tableOf }: Tables, projection: AnyProjection): RevisionTable => ({
  revision: projection.revision,
  table: tableOf(projection),
});

/** The record of a revision, if it describes this table. A record of another table, which a deployment has dropped, does not count. */
export const knownIn = ({ revisions }: Pointer, { revision, table }: RevisionTable): Revision | undefined => {
  const known = revisions[revision];
  return known?.table === undefined || known.table === table ? known : undefined;
};

/**
 * Whether a revision is complete in this table. Compare the table: after a deployment has replaced it, the record says `complete` until the
 * steward runs, up to a minute later, while the new table is empty.
 */
export const isCompleteIn = (pointer: Pointer, of: RevisionTable): boolean => knownIn(pointer, of)?.state === 'complete';

/** The pointer with exactly the revisions of the domain, each with its present table. Records of dropped tables are removed for good. */
export const registered = (pointer: Pointer, tables: readonly RevisionTable[], { isFirst, at }: Registration): Pointer => {
  const isKnown = tables.every((one) => pointer.revisions[one.revision]?.table === one.table);
  if (isKnown && Object.keys(pointer.revisions).length === tables.length) return pointer;
  const now = tables.map((one): [number, Revision] => {
    const fresh: Revision = { state: 'filling', attempt: 1, isFirst, since: at, segments: [] };
    return [one.revision, { ...(knownIn(pointer, one) ?? fresh), table: one.table }];
  });
  const gone = (revision: number | undefined): boolean =>
    revision !== undefined && !tables.some((one) => one.revision === revision && knownIn(pointer, one) !== undefined);
  const next: Pointer = { ...pointer, revisions: Object.fromEntries(now) };
  const served = gone(pointer.serves) ? { ...next, serves: newestOf(next) } : next;
  return gone(pointer.leads) ? succeeded(served, at) : served;
};

/** The newest complete revision; the newest of all if no revision is complete. */
const newestOf = (pointer: Pointer): number => {
  const all = Object.keys(pointer.revisions).map(Number);
  const complete = all.filter((revision) => isComplete(pointer, revision));
  return Math.max(...(complete.length > 0 ? complete : all));
};

/** The pointer after its leader has left: the serving revision leads if it is complete; otherwise no revision leads. */
const succeeded = ({ leads: _, leadsSince: __, ...pointer }: Pointer, at: string): Pointer =>
  pointer.serves !== undefined && isComplete(pointer, pointer.serves) ? leading(pointer, pointer.serves, at) : pointer;

export interface Registration {
  readonly isFirst: boolean;
  /** ISO 8601. */
  readonly at: string;
}

const withRevision = (pointer: Pointer, revision: number, change: Partial<Revision>): Pointer => ({
  ...pointer,
  revisions: { ...pointer.revisions, [revision]: { ...revisionIn(pointer, revision), ...change } },
});

/** Records the segments of a fill. Segments of an earlier attempt keep their progress. */
export const planned = (pointer: Pointer, revision: number, segments: readonly SegmentProgress[]): Pointer =>
  revisionIn(pointer, revision).segments.length > 0 ? pointer : withRevision(pointer, revision, { segments });

/** Records the progress of one segment. */
export const progressed = (pointer: Pointer, revision: number, progress: SegmentProgress): Pointer => {
  const { segments } = revisionIn(pointer, revision);
  return withRevision(pointer, revision, { segments: segments.map((one) => (one.index === progress.index ? progress : one)) });
};

/** Makes a revision lead: the projector feeds it first. */
export const leading = (pointer: Pointer, revision: number, at: string): Pointer =>
  pointer.leads === revision ? pointer : { ...pointer, leads: revision, leadsSince: at };

/** Marks a revision as complete, after an audit. It serves unless a later one serves: only an operator flips back. */
export const completed = (pointer: Pointer, revision: number, at: string): Pointer => {
  const { state } = revisionIn(pointer, revision);
  const { error: _, ...rest } = revisionIn(pointer, revision);
  const complete: Pointer =
    state === 'complete'
      ? pointer
      : { ...pointer, revisions: { ...pointer.revisions, [revision]: { ...rest, state: 'complete', since: at } } };
  const { serves = 0 } = complete;
  return serves >= revision && isComplete(complete, serves) ? complete : flippedTo(complete, revision);
};

/** Makes a revision serve. @throws Error if it is not complete. */
export const flippedTo = (pointer: Pointer, revision: number): Pointer => {
  if (!isComplete(pointer, revision)) throw new Error(`${pointer.projection}@${revision} is not complete and cannot serve`);
  return pointer.serves === revision ? pointer : { ...pointer, serves: revision };
};

/** Records a failed attempt. The serving revision stays, and leads again. The failure of an earlier attempt is ignored. */
export const failed = (pointer: Pointer, revision: number, { attempt, error, at }: Failure): Pointer => {
  const before = revisionIn(pointer, revision);
  if (before.state !== 'filling' || before.attempt !== attempt) return pointer;
  const marked = withRevision(pointer, revision, { state: 'failed', since: at, error });
  return pointer.leads === revision && pointer.serves !== undefined ? leading(marked, pointer.serves, at) : marked;
};

export interface Failure {
  readonly attempt: number;
  readonly error: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Begins the next attempt after attempt `attempt`. It changes nothing if another attempt is recorded, or the revision is complete. */
export const restarted = (
  pointer: Pointer,
  revision: number,
  { attempt, at }: { readonly attempt: number; readonly at: string },
): Pointer => {
  const { error: _, ...before } = revisionIn(pointer, revision);
  if (before.attempt !== attempt || before.state === 'complete') return pointer;
  const next: Revision = { ...before, state: 'filling', attempt: attempt + 1, since: at };
  return { ...pointer, revisions: { ...pointer.revisions, [revision]: next } };
};
