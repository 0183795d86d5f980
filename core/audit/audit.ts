import { type Address, parseStreamName, streamName } from '../basics/stream.ts';
import { type Consistency, lastVersion, type ScanPage, type Segment } from '../log/event-store.ts';
import type { BringUp, ProjectionPorts } from '../read/ports.ts';
import { streamsAtATime } from '../read/ports.ts';
import type { AnyProjection } from '../read/projection.ts';
import { progressKey, type ReadModels, type Row } from '../read/read-models.ts';

/** What an audit found of one stream in one projection, or in the relay. */
export interface AuditFinding {
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
  /** The last stream of the page before, which may go on, as far as it was seen. It is judged once its end is known. */
  readonly open?: { readonly stream: string; readonly version: number; readonly recordedAt: string } | undefined;
}

/** The place where the next page begins is in it; the last one has none. */
export interface AuditPage extends AuditPlace {
  readonly commits: number;
  /** Those that begin in this page: over all pages, each counts once. */
  readonly streams: number;
  readonly findings: readonly AuditFinding[];
  /** How many read models of a stream were behind, and were brought up to date. */
  readonly repaired: number;
}

export interface AuditPorts {
  readonly stores: ProjectionPorts;
  readonly projections: readonly AnyProjection[];
  readonly isListening: (projection: AnyProjection, stream: Address) => boolean;
  /** Brings what is missing up to date; absent: nothing does. */
  readonly repairs?: BringUp | undefined;
}

/**
 * Compares, for every stream in a page of the log, the version in the event store with that in every projection that listens.
 * What looks behind is read again with strong consistency, and what may be on its way through the projector is waited for.
 */
export const auditPage = async (auditing: AuditPorts, segment: Segment, from: AuditPlace = {}): Promise<AuditPage> => {
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
  /** ISO 8601. */
  readonly recordedAt: string;
}

/** The heads of the streams that end in this page, and the one of which that is not known yet. */
const headsOf = (
  { commits, cursor }: ScanPage,
  { open }: AuditPlace,
): { readonly heads: readonly Head[]; readonly open: AuditPlace['open'] } => {
  const all = new Map(open === undefined ? [] : [[open.stream, open]]);
  // The last of each stand; commits are in order.
  for (const commit of commits) {
    const stream = streamName(commit.stream);
    all.set(stream, { stream, version: lastVersion(commit), recordedAt: commit.recordedAt });
  }
  const last = commits.at(-1);
  const goesOn = cursor === undefined ? undefined : last === undefined ? open : all.get(streamName(last.stream));
  if (goesOn !== undefined) all.delete(goesOn.stream); // It would be judged twice otherwise, to the same result.
  return { heads: [...all.values()].map((head) => ({ ...head, stream: parseStreamName(head.stream) })), open: goesOn };
};

type Found = Pick<AuditPage, 'findings' | 'repaired'>;

const auditProjection = async (auditing: AuditPorts, projection: AnyProjection, heads: readonly Head[]): Promise<Found> => {
  const { stores, isListening, repairs } = auditing;
  const listenedTo = heads.filter(({ stream }) => isListening(projection, stream));
  const suspects = await different(stores, projection, listenedTo, 'eventual');
  if (suspects.length === 0) return { findings: [], repaired: 0 };
  await stores.pause(graceSteps);
  const behind = repairs === undefined ? [] : await different(stores, projection, suspects, 'strong');
  if (repairs === undefined) await arrival(stores, projection, suspects);
  else await repair(repairs, projection, behind);
  const still = await different(stores, projection, suspects, 'strong');
  const findings = (await Promise.all(still.map((head) => judge(stores, projection, head)))).flat();
  return { findings, repaired: behind.filter((head) => !still.includes(head)).length };
};

const graceSteps = 4;

/** A projector that is a minute behind is fit. The audit's function has more time than that left for the page in hand when it has to stop. */
const graceSeconds = 60;
/** Half a second between two looks, on average. */
const lookSteps = 7;

/** Waits for what was recorded a moment ago, until it is there or has had its time: it may be on its way. What is parked is not. */
const arrival = async (stores: ProjectionPorts, projection: AnyProjection, heads: readonly Head[]): Promise<void> => {
  const began = stores.now().getTime();
  const hasTime = ({ recordedAt }: Head): boolean =>
    stores.now().getTime() < Math.min(new Date(recordedAt).getTime(), began) + graceSeconds * 1000;
  const isBehind = ({ version }: Head, row: Row | undefined): boolean =>
    row === undefined || (row.version < version && row.parked === undefined);
  for (let rest = heads.filter(hasTime); rest.length > 0; rest = rest.filter(hasTime)) {
    const rows = await rowsOf(stores.readModels, projection, rest, 'strong');
    rest = rest.filter((head, index) => isBehind(head, rows[index]));
    if (rest.length > 0) await stores.pause(lookSteps);
  }
};

/** The heads whose row is not at their version, or parked. */
const different = async (
  { readModels }: ProjectionPorts,
  projection: AnyProjection,
  heads: readonly Head[],
  consistency: Consistency,
): Promise<readonly Head[]> => {
  const rows = await rowsOf(readModels, projection, heads, consistency);
  return heads.filter((head, index) => {
    const row = rows[index];
    return row === undefined || row.version !== head.version || row.parked !== undefined;
  });
};

/** In the order of the heads. */
const rowsOf = async (
  readModels: ReadModels,
  projection: AnyProjection,
  heads: readonly Head[],
  consistency: Consistency,
): Promise<readonly (Row | undefined)[]> => {
  const keys = heads.map(({ stream }) => progressKey(projection, stream));
  const rows = await readModels.getMany(projection, keys, consistency);
  return keys.map((key) => rows.get(key));
};

/** The row is read before the stream's end: a row that has seen more than the end it is then compared with has seen what is lost. */
const judge = async (
  { readModels, eventStore }: ProjectionPorts,
  projection: AnyProjection,
  head: Head,
): Promise<readonly AuditFinding[]> => {
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
