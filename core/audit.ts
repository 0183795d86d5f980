import { type Consistency, lastVersion, type ScanPage, type Segment } from './event-store.ts';
import type { BringUp } from './followers.ts';
import type { AnyProjection } from './projection.ts';
import type { Stores } from './projector.ts';
import { progressKey } from './read-models.ts';
import { streamsAtATime } from './rebuild.ts';
import { type Address, parseStreamName, streamName } from './stream.ts';

/** What an audit found of one stream in one projection, or in the relay. */
export interface Finding {
  readonly projection: string;
  readonly revision: number;
  readonly stream: string;
  /** The version in the event store. */
  readonly recorded: number;
  /** The version in the read model. */
  readonly projected: number;
  /** Behind, set aside as poison, or ahead of a log that has lost something. */
  readonly kind: 'missing' | 'parked' | 'ahead';
}

/** Where an audit goes on. */
export interface AuditPlace {
  readonly cursor?: string | undefined;
  /** The last stream of the page before, which may go on: its name, and its version so far. It is judged once that is known. */
  readonly open?: { readonly stream: string; readonly version: number } | undefined;
}

/** The place where the next page begins is in it; the last one has none. */
export interface AuditPage extends AuditPlace {
  readonly commits: number;
  /** Those that begin in this page: over all pages, each counts once. */
  readonly streams: number;
  readonly findings: readonly Finding[];
  /** How many read models of a stream were behind, and were brought up to date. */
  readonly repaired: number;
}

export interface Auditing {
  readonly stores: Stores;
  readonly projections: readonly AnyProjection[];
  readonly isListening: (projection: AnyProjection, stream: Address) => boolean;
  /** Brings what is missing up to date; absent: nothing does. */
  readonly repairs?: BringUp | undefined;
}

/**
 * Compares, for every stream in a page of the log, the version in the event store with that in every projection that listens.
 * What looks behind is read again with strong consistency, and a stream on its way through the projector gets a moment's grace.
 */
export const auditPage = async (auditing: Auditing, segment: Segment, from: AuditPlace = {}): Promise<AuditPage> => {
  const page = await auditing.stores.eventStore.scan(segment, from.cursor);
  const { heads, open } = headsOf(page, from);
  const found = await Promise.all(auditing.projections.map((projection) => auditProjection(auditing, projection, heads)));
  return {
    commits: page.commits.length,
    streams: page.commits.filter(({ version }) => version === 1).length,
    findings: found.flatMap(({ findings }) => findings),
    repaired: found.reduce((sum, { repaired }) => sum + repaired, 0),
    ...(page.cursor === undefined ? {} : { cursor: page.cursor, open }),
  };
};

/** A stream up to its last event so far as it was seen. */
interface Head {
  readonly stream: Address;
  readonly version: number;
}

/** The heads of the streams that end in this page, and the one of which that is not known yet. */
const headsOf = (
  { commits, cursor }: ScanPage,
  { open }: AuditPlace,
): { readonly heads: readonly Head[]; readonly open: AuditPlace['open'] } => {
  const versions = new Map(open === undefined ? [] : [[open.stream, open.version]]);
  for (const commit of commits) versions.set(streamName(commit.stream), lastVersion(commit)); // The last of each stand; commits are in order.
  const last = commits.at(-1);
  const name = last === undefined ? open?.stream : streamName(last.stream);
  const goesOn = cursor === undefined || name === undefined ? undefined : { stream: name, version: versions.get(name) ?? 0 };
  if (goesOn !== undefined) versions.delete(goesOn.stream);
  return { heads: [...versions].map(([stream, version]) => ({ stream: parseStreamName(stream), version })), open: goesOn };
};

type Found = Pick<AuditPage, 'findings' | 'repaired'>;

const auditProjection = async (auditing: Auditing, projection: AnyProjection, heads: readonly Head[]): Promise<Found> => {
  const { stores, isListening, repairs } = auditing;
  const listenedTo = heads.filter(({ stream }) => isListening(projection, stream));
  const suspects = await different(stores, projection, listenedTo, 'eventual');
  if (suspects.length === 0) return { findings: [], repaired: 0 };
  await stores.pause(graceSteps);
  const behind = repairs === undefined ? [] : await different(stores, projection, suspects, 'strong');
  if (repairs !== undefined) await repair(repairs, projection, behind);
  const still = await different(stores, projection, suspects, 'strong');
  const findings = (await Promise.all(still.map((head) => judge(stores, projection, head)))).flat();
  return { findings, repaired: behind.filter((head) => !still.includes(head)).length };
};

const graceSteps = 4;

/** The heads whose row is not at their version, or parked. */
const different = async (
  { readModels }: Stores,
  projection: AnyProjection,
  heads: readonly Head[],
  consistency: Consistency,
): Promise<readonly Head[]> => {
  const keys = heads.map(({ stream }) => progressKey(projection, stream));
  const rows = await readModels.getMany(projection, keys, consistency);
  return heads.filter((head, index) => {
    const row = rows.get(keys[index] as string);
    return row === undefined || row.version !== head.version || row.parked !== undefined;
  });
};

/** The row is read before the stream's end: a row that has seen more than the end it is then compared with has seen what is lost. */
const judge = async ({ readModels, eventStore }: Stores, projection: AnyProjection, head: Head): Promise<readonly Finding[]> => {
  const { version, parked } = await readModels.get(projection, progressKey(projection, head.stream), 'strong');
  const { commits } = await eventStore.read(head.stream, { from: Number.MAX_SAFE_INTEGER, limit: 1, newestFirst: true });
  const end = commits.map(lastVersion)[0] ?? 0;
  const finding = {
    projection: projection.name,
    revision: projection.revision,
    stream: streamName(head.stream),
    recorded: end,
    projected: version,
  };
  if (parked !== undefined) return [{ ...finding, kind: 'parked' }];
  if (version < head.version) return [{ ...finding, kind: 'missing' }];
  return version > end ? [{ ...finding, kind: 'ahead' }] : [];
};

const repair = async (repairs: BringUp, projection: AnyProjection, heads: readonly Head[]): Promise<void> => {
  for (let rest = heads; rest.length > 0; rest = rest.slice(streamsAtATime)) {
    const deliveries = rest.slice(0, streamsAtATime).map(({ stream }) => ({ stream, commits: [] }));
    for (const error of (await repairs(projection, deliveries)).values()) throw error;
  }
};
