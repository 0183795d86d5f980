import { NotFound } from '../basics/errors.ts';
import { type Address, parseStreamName, streamName } from '../basics/stream.ts';
import { type EventBus, relayPositions } from '../publish/relay.ts';
import { type BringUp, type ProjectionPorts, streamsReadAtATime } from '../read/ports.ts';
import { type AnyProjection, tableKey } from '../read/projection.ts';
import { projector } from '../read/projector.ts';
import { type Fault, progressKey } from '../read/read-models.ts';
import { deliveryOf } from '../read/waiting.ts';
import { changePointer, type Pointer, type PointerStore, type Pointers, type Revision } from '../rebuild/pointers.ts';
import type { Rebuild } from '../rebuild/rebuild-steps.ts';
import { flippedTo, knownIn, restarted, revisionIn, revisionTable } from '../rebuild/revisions.ts';
import type { StewardPorts } from '../rebuild/steward.ts';
import { type Domain, projectionNames, projectionsOf, revisionsOf } from '../registry/domain.ts';
import { bringUp, isFollowing, relaysOf } from '../registry/followers.ts';

// The operations of an operator, over ports; the command line calls them.

/** The status of one revision of a projection. */
export interface RevisionReport {
  readonly projection: string;
  readonly revision: number;
  /** `unknown` until the steward has seen it; `waiting` until its rebuild begins, or for ever if a newer revision is filled instead. */
  readonly state: 'unknown' | 'waiting' | 'filling' | 'complete' | 'failed';
  readonly isServing: boolean;
  readonly attempt: number;
  /** ISO 8601: when the state last changed. */
  readonly since?: string;
  /** The commits that its rebuild has processed. */
  readonly commits: number;
  readonly segmentsDone: number;
  readonly segments: number;
  readonly error?: string;
}

/** The status of every revision in the domain. */
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
 * Makes a revision serve at once, an older or a newer one. It must be complete. For a moment it may be behind the other revision by the
 * batch that the projector is applying. @throws Error if it is not complete.
 */
export const flip = async (store: PointerStore, { projection, revision }: Omit<Rebuild, 'attempt'>): Promise<Pointer> =>
  changePointer(store, projection, (pointer) => flippedTo(pointer, revision));

/**
 * Allows one more attempt of a revision's rebuild after the last one failed. The steward starts it at its next run, and it continues where
 * the last attempt ended. @throws Error if the revision has not failed, or the steward has not seen it yet.
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
 * Brings streams up to date from the events table in every read model that listens, and publishes what the relay has missed. Use it after
 * the records of a batch were discarded. Returns the errors of the streams that failed, by stream name.
 */
export const catchUp = async (
  { domain, pointers, bus, ...stores }: CatchingUp,
  streams: readonly Address[],
): Promise<ReadonlyMap<string, unknown>> => {
  const failed = new Map<string, unknown>();
  const project = projector(stores, projectionsOf(domain), async (projection) => (await pointers.read(projection)).leads);
  for (let rest = streams; rest.length > 0; rest = rest.slice(streamsReadAtATime)) {
    const deliveries = await Promise.all(rest.slice(0, streamsReadAtATime).map((stream) => deliveryOf(stores, stream)));
    for (const [stream, error] of await project(deliveries)) failed.set(stream, error);
    for (const one of relaysOf(domain))
      for (const [stream, error] of await bringUp(stores, { domain, bus })(one, deliveries)) failed.set(stream, error);
  }
  return failed;
};

export interface CatchingUp extends ProjectionPorts {
  readonly domain: Domain;
  readonly pointers: Pointers;
  /** The bus for events that the relay has not published. */
  readonly bus: EventBus;
}

/** The parked streams of a revision of a projection, or of the relay, of all tenants. */
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
 * Replays a parked stream in order, from the event that the projection, or the relay, could not handle. Returns true if the stream is up to
 * date, and false if the event still fails and the stream is parked again. @throws NotFound if the projection does not listen to the
 * stream; any error that is not the event's fault.
 */
export const redrive = async (catchingUp: CatchingUp, { projection, stream: name }: Parked): Promise<boolean> => {
  const { domain, readModels } = catchingUp;
  const stream = parseStreamName(name);
  if (!isFollowing(domain)(projection, stream)) throw new NotFound('NotFound', `${tableKey(projection)} does not listen to ${name}`);
  const failures = await behindLeader(catchingUp)(projection, [{ stream, commits: [] }], { retryParked: true });
  for (const error of failures.values()) throw error;
  return (await readModels.get(projection, progressKey(projection, stream), 'strong')).parked === undefined;
};

/** Brings a follower up to the present ends of streams, the leading revision first, so that it does not overtake the leader. */
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

/** The revision that the projector feeds first. The relay has only one. */
const leaderOf = async ({ domain, pointers }: CatchingUp, projection: AnyProjection): Promise<AnyProjection> => {
  if (projection === relayPositions) return projection;
  const { leads } = await pointers.read(projection.name);
  return revisionsOf(domain, projection.name).find(({ revision }) => revision === leads) ?? projection;
};

/** A parked stream to replay. */
export interface Parked {
  /** The projection, or the relay's positions. */
  readonly projection: AnyProjection;
  /** The stream's name. */
  readonly stream: string;
}
