import type { AnyProjection } from '../read/projection.ts';
import type { ReadModels } from '../read/read-models.ts';
import type { Pointer, Revision, SegmentProgress } from './pointers.ts';

// What can happen to a pointer: pure, and each accepts its own result, so that it may be tried again.

/** @throws Error where the revision is not known: it has left the domain. */
export const revisionIn = ({ projection, revisions }: Pointer, revision: number): Revision => {
  const found = revisions[revision];
  if (found === undefined) throw new Error(`${projection}@${revision} is not a revision of this service`);
  return found;
};

const isComplete = ({ revisions }: Pointer, revision: number): boolean => revisions[revision]?.state === 'complete';

/** A revision, and its table as it is now. */
export interface RevisionTable {
  readonly revision: number;
  readonly table: string;
}

export type Tables = Pick<ReadModels, 'tableOf'>;

export const revisionTable = ({ tableOf }: Tables, projection: AnyProjection): RevisionTable => ({
  revision: projection.revision,
  table: tableOf(projection),
});

/** What is known of a revision in this table. What was said of another one, which a deployment has dropped, is not. */
export const knownIn = ({ revisions }: Pointer, { revision, table }: RevisionTable): Revision | undefined => {
  const known = revisions[revision];
  return known?.table === undefined || known.table === table ? known : undefined;
};

/** The steward may be a minute late: until then a revision whose table was made anew is complete in the record, and empty. */
export const isCompleteIn = (pointer: Pointer, of: RevisionTable): boolean => knownIn(pointer, of)?.state === 'complete';

/** The pointer knows the revisions that the domain has, each in its present table, and no others: a table that has left is gone for good. */
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

/** Of those that are complete; where none is, of all. */
const newestOf = (pointer: Pointer): number => {
  const all = Object.keys(pointer.revisions).map(Number);
  const complete = all.filter((revision) => isComplete(pointer, revision));
  return Math.max(...(complete.length > 0 ? complete : all));
};

/** What led is gone: what serves leads, or nobody, where that is not complete either. */
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

/** The segments of a fill; those of an earlier attempt stay as far as they have come. */
export const planned = (pointer: Pointer, revision: number, segments: readonly SegmentProgress[]): Pointer =>
  revisionIn(pointer, revision).segments.length > 0 ? pointer : withRevision(pointer, revision, { segments });

/** One segment has come so far. */
export const progressed = (pointer: Pointer, revision: number, progress: SegmentProgress): Pointer => {
  const { segments } = revisionIn(pointer, revision);
  return withRevision(pointer, revision, { segments: segments.map((one) => (one.index === progress.index ? progress : one)) });
};

/** From now on the projector feeds this revision first. */
export const leading = (pointer: Pointer, revision: number, at: string): Pointer =>
  pointer.leads === revision ? pointer : { ...pointer, leads: revision, leadsSince: at };

/** An audit has shown that the revision holds every event. It serves, unless a later one does: by itself a service only goes forward. */
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

/** The flip. @throws Error where the revision is not complete. */
export const flippedTo = (pointer: Pointer, revision: number): Pointer => {
  if (!isComplete(pointer, revision)) throw new Error(`${pointer.projection}@${revision} is not complete and cannot serve`);
  return pointer.serves === revision ? pointer : { ...pointer, serves: revision };
};

/** An attempt has failed; what serves goes on serving, and leads again. Of an earlier attempt, nobody needs to hear. */
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

/** One more attempt, after the one that was seen to have ended. */
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
