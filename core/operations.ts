import { type Domain, isListening, projectionNames, revisionOf, revisionsOf } from './domain.ts';
import { NotFound } from './errors.ts';
import { changePointer, type Pointer, type PointerStore } from './pointers.ts';
import { type AnyProjection, tableKey } from './projection.ts';
import { project, type Stores } from './projector.ts';
import { type Fault, progressKey } from './read-models.ts';
import type { Rebuild } from './rebuild-steps.ts';
import { flippedTo, isComplete, restarted, revisionIn } from './revisions.ts';
import { type Stewarding, startRebuild } from './steward.ts';
import { parseStreamName } from './stream.ts';

// What an operator may do, over ports; a command line or a page calls it.

/** How one revision of a projection stands. */
export interface RevisionReport {
  readonly projection: string;
  readonly revision: number;
  /** `unknown` until the steward has seen it; `waiting` where a newer one is filled instead, or nothing has begun. */
  readonly state: 'unknown' | 'waiting' | 'filling' | 'complete' | 'failed';
  readonly isServing: boolean;
  readonly attempt: number;
  /** ISO 8601: since when the state is what it is. */
  readonly since?: string;
  /** How many commits its rebuild has gone through, and how many of its segments are done. */
  readonly commits: number;
  readonly segmentsDone: number;
  readonly segments: number;
  readonly error?: string;
}

/** Every revision in the domain: which one serves, and how far the others are. */
export const revisionReports = async ({
  domain,
  pointers,
}: Pick<Stewarding, 'domain' | 'pointers'>): Promise<readonly RevisionReport[]> => {
  const names = projectionNames(domain);
  const known = await Promise.all(names.map((name) => pointers.read(name)));
  return known.flatMap((pointer) => revisionsOf(domain, pointer.projection).map((projection) => reportOf(pointer, projection)));
};

const reportOf = (pointer: Pointer, { name, revision }: AnyProjection): RevisionReport => {
  const found = pointer.revisions[revision];
  const { state = 'unknown', attempt = 0, since, segments = [], error } = found ?? {};
  return {
    projection: name,
    revision,
    state: state === 'filling' && segments.length === 0 ? 'waiting' : state,
    isServing: pointer.serves === revision,
    attempt,
    commits: segments.reduce((sum, { commits }) => sum + commits, 0),
    segmentsDone: segments.filter(({ isDone }) => isDone).length,
    segments: segments.length,
    ...(since === undefined ? {} : { since }),
    ...(error === undefined ? {} : { error }),
  };
};

/**
 * Makes a revision serve at once: back to the one before, or forward again. It has to be complete, so that nothing is missing;
 * but it may be behind the other by what the projector has in hand, for a moment. @throws Error where it is not complete.
 */
export const flip = async (store: PointerStore, { projection, revision }: Omit<Rebuild, 'attempt'>): Promise<Pointer> =>
  changePointer(store, projection, (pointer) => flippedTo(pointer, revision));

/**
 * Starts the rebuild of a revision, or the next attempt where the last one failed. It goes on where that one ended.
 * Answers what runs; nothing where the revision is complete. @throws NotFound, Error where the steward has not seen the revision yet.
 */
export const rebuild = async (stewarding: Stewarding, { projection, revision }: Omit<Rebuild, 'attempt'>): Promise<readonly Rebuild[]> => {
  revisionOf(stewarding.domain, projection, revision);
  const at = stewarding.now().toISOString();
  const pointer = await changePointer(stewarding, projection, (known) => {
    const { state, attempt } = revisionIn(known, revision);
    return state === 'failed' ? restarted(known, revision, { attempt, at }) : known;
  });
  if (isComplete(pointer, revision)) return [];
  return startRebuild(stewarding, { projection, revision, attempt: revisionIn(pointer, revision).attempt });
};

/** Every stream that a revision of a projection has set aside. */
export async function* parkedStreams({ readModels }: Pick<Stores, 'readModels'>, projection: AnyProjection): AsyncGenerator<Fault> {
  let cursor: string | undefined;
  do {
    const page = await readModels.parked(projection, { limit: 100, cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/**
 * Replays a stream that a projection has set aside, from the event that it could not apply, in order. Answers whether it is in:
 * it is parked again where the projection still cannot apply an event. @throws NotFound where the projection does not listen to the
 * stream; what was in the way where it was not the event.
 */
export const redrive = async (stores: Stores, domain: Domain, { projection, stream: name }: Parked): Promise<boolean> => {
  const stream = parseStreamName(name);
  if (!isListening(domain)(projection, stream)) throw new NotFound('NotFound', `${tableKey(projection)} does not listen to ${name}`);
  const failures = await project(stores, projection, [{ stream, commits: [] }], { retryParked: true });
  for (const error of failures.values()) throw error;
  return (await stores.readModels.get(projection, progressKey(projection, stream), 'strong')).parked === undefined;
};

export interface Parked {
  readonly projection: AnyProjection;
  /** The stream's name. */
  readonly stream: string;
}
