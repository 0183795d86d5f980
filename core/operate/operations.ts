import { NotFound } from '../basics/errors.ts';
import { type Address, parseStreamName, streamName } from '../basics/stream.ts';
import type { Delivery } from '../log/gate.ts';
import { type EventBus, relayPositions } from '../publish/relay.ts';
import { type BringUp, type ProjectionPorts, streamsAtATime } from '../read/ports.ts';
import { type AnyProjection, tableKey } from '../read/projection.ts';
import { projector } from '../read/projector.ts';
import { type Fault, progressKey } from '../read/read-models.ts';
import { changePointer, type Pointer, type PointerStore, type Pointers, type Revision } from '../rebuild/pointers.ts';
import type { Rebuild } from '../rebuild/rebuild-steps.ts';
import { flippedTo, knownIn, restarted, revisionIn, revisionTable } from '../rebuild/revisions.ts';
import type { StewardPorts } from '../rebuild/steward.ts';
import { type Domain, projectionNames, projectionsOf, revisionsOf } from '../registry/domain.ts';
import { bringUp, isFollowing, relaysOf } from '../registry/followers.ts';

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
  readModels,
}: Pick<StewardPorts, 'domain' | 'pointers' | 'readModels'>): Promise<readonly RevisionReport[]> => {
  const names = projectionNames(domain);
  const known = await Promise.all(names.map((name) => pointers.read(name)));
  return known.flatMap((pointer) =>
    revisionsOf(domain, pointer.projection).map((projection) =>
      reportOf(pointer, projection, knownIn(pointer, revisionTable(readModels, projection))),
    ),
  );
};

const reportOf = (pointer: Pointer, { name, revision }: AnyProjection, found: Revision | undefined): RevisionReport => {
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
 * Has the rebuild of a revision tried once more, though it failed as often as it may; it goes on where it ended. The steward starts
 * it when it comes next. @throws Error where it has not failed, or the steward has not seen the revision yet.
 */
export const retry = async (
  store: PointerStore & Pick<ProjectionPorts, 'now'>,
  { projection, revision }: Omit<Rebuild, 'attempt'>,
): Promise<Pointer> => {
  const { attempt } = revisionIn(await store.pointers.read(projection), revision);
  const at = store.now().toISOString();
  return changePointer(store, projection, (pointer) => {
    const found = revisionIn(pointer, revision);
    if (found.attempt > attempt) return pointer; // It was restarted: by this call, or by the steward.
    if (found.state !== 'failed') throw new Error(`${projection}@${revision} has not failed: it is ${found.state}`);
    return restarted(pointer, revision, { attempt, at });
  });
};

/**
 * Brings streams up to date in every read model that listens, from the events table, and publishes what the relay has not: after
 * their records were given up. Answers those that could not be, by name, with the error.
 */
export const catchUp = async (
  { domain, pointers, bus, ...stores }: CatchingUp,
  streams: readonly Address[],
): Promise<ReadonlyMap<string, unknown>> => {
  const failed = new Map<string, unknown>();
  const project = projector(stores, projectionsOf(domain), async (projection) => (await pointers.read(projection)).leads);
  for (let rest = streams; rest.length > 0; rest = rest.slice(streamsAtATime)) {
    const deliveries = await Promise.all(rest.slice(0, streamsAtATime).map((stream) => deliveryOf(stores, stream)));
    for (const [stream, error] of await project(deliveries)) failed.set(stream, error);
    for (const one of relaysOf(domain))
      for (const [stream, error] of await bringUp(stores, { domain, bus })(one, deliveries)) failed.set(stream, error);
  }
  return failed;
};

/** A stream up to its end as it is now, and no further: so no revision gets ahead of the one that leads. */
const deliveryOf = async ({ eventStore }: ProjectionPorts, stream: Address): Promise<Delivery> => {
  const { commits } = await eventStore.read(stream, { from: Number.MAX_SAFE_INTEGER, limit: 1, newestFirst: true });
  return { stream, commits };
};

export interface CatchingUp extends ProjectionPorts {
  readonly domain: Domain;
  readonly pointers: Pointers;
  /** Where what the relay has not published goes. */
  readonly bus: EventBus;
}

/** Every stream that a revision of a projection, or the relay, has set aside, whosever it is. */
export async function* parkedStreams(
  { readModels }: Pick<ProjectionPorts, 'readModels'>,
  projection: AnyProjection,
): AsyncGenerator<Fault> {
  let cursor: string | undefined;
  do {
    const page = await readModels.parked(projection, { ofEveryTenant: true, limit: 100, cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/**
 * Replays a stream that a projection, or the relay, has set aside, from the event that it could not handle, in order. Answers whether
 * it is in: it is parked again where the event still cannot be handled. @throws NotFound where the projection does not listen to the
 * stream; what was in the way where it was not the event.
 */
export const redrive = async (catchingUp: CatchingUp, { projection, stream: name }: Parked): Promise<boolean> => {
  const { domain, readModels } = catchingUp;
  const stream = parseStreamName(name);
  if (!isFollowing(domain)(projection, stream)) throw new NotFound('NotFound', `${tableKey(projection)} does not listen to ${name}`);
  const failures = await behindLeader(catchingUp)(projection, [{ stream, commits: [] }], { retryParked: true });
  for (const error of failures.values()) throw error;
  return (await readModels.get(projection, progressKey(projection, stream), 'strong')).parked === undefined;
};

/** Brings a follower up to the ends of streams as they are now, after the revision that leads: an operator lets none get ahead of that either. */
export const behindLeader =
  (catchingUp: CatchingUp): BringUp =>
  async (follower, streams, options) => {
    const { domain, bus, pointers: _, ...stores } = catchingUp;
    const deliveries = await Promise.all(streams.map(({ stream }) => deliveryOf(stores, stream)));
    const failed = new Map<string, unknown>();
    for (const one of new Set([await leaderOf(catchingUp, follower), follower])) {
      const left = deliveries.filter(({ stream }) => isFollowing(domain)(one, stream) && !failed.has(streamName(stream)));
      const failures = await bringUp(stores, { domain, bus })(one, left, one === follower ? options : undefined);
      for (const [stream, error] of failures) failed.set(stream, error);
    }
    return failed;
  };

/** The revision that is fed first; of the relay there is one. */
const leaderOf = async ({ domain, pointers }: CatchingUp, projection: AnyProjection): Promise<AnyProjection> => {
  if (projection === relayPositions) return projection;
  const { leads } = await pointers.read(projection.name);
  return revisionsOf(domain, projection.name).find(({ revision }) => revision === leads) ?? projection;
};

/** What an operator asks to be replayed. */
export interface Parked {
  /** Or the relay's positions. */
  readonly projection: AnyProjection;
  /** The stream's name. */
  readonly stream: string;
}
