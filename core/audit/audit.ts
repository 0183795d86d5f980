import { type Address, parseStreamName, streamName } from '../basics/stream.ts';
import { type Consistency, lastVersion, type ScanPage, type Segment } from '../log/event-store.ts';
import type { BringUp, ProjectionPorts } from '../read/ports.ts';
import { streamsAtATime } from '../read/ports.ts';
import type { AnyProjection } from '../read/projection.ts';
import { progressKey, type ReadModels, type Row, wholeVersion } from '../read/read-models.ts';

/** A difference between the log and one projection, or the relay, in one stream. */
export interface AuditFinding {
  readonly projection: string;
  readonly revision: number;
  readonly stream: string;
  /** The version in the event store. */
  readonly recorded: number;
  /** The version up to which the read model contains whole commits. */
  readonly projected: number;
  /** `missing`: behind the log. `parked`: poison. `ahead`: ahead of the log, which then has lost commits. */
  readonly kind: 'missing' | 'parked' | 'ahead';
  /** Of a parked stream: it waits for a newer release, and then goes on by itself. */
  readonly waits?: true;
}

/** Where an audit continues. */
export interface AuditPlace {
  readonly cursor?: string | undefined;
  /** The last stream of the previous page and its version there. The audit compares it after it knows the stream's end. */
  readonly open?: { readonly stream: string; readonly version: number; readonly recordedAt: string } | undefined;
}

/** The result of one page. Its `cursor` is where the next page begins; absent on the last page. */
export interface AuditPage extends AuditPlace {
  readonly commits: number;
  /** The streams that begin in this page, so that each stream counts once over all pages. */
  readonly streams: number;
  readonly findings: readonly AuditFinding[];
  /** The number of repairs: one for each projection and stream that was behind and is now up to date. */
  readonly repaired: number;
}

export interface AuditPorts {
  readonly stores: ProjectionPorts;
  readonly projections: readonly AnyProjection[];
  readonly isListening: (projection: AnyProjection, stream: Address) => boolean;
  /** Repairs what is missing; without it the audit only reports. */
  readonly repairs?: BringUp | undefined;
}

/**
 * Compares, for every stream in a page of the log, the version in the event store with the version in every projection that listens.
 * It reads suspects again with strong consistency, and waits for recent events, which the projector may still be applying.
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

/** A stream, and its last event in the pages so far. */
interface Head {
  readonly stream: Address;
  readonly version: number;
  /** ISO 8601. */
  readonly recordedAt: string;
}

/** The heads of the streams that end in this page, and the stream that may continue on the next page. */
const headsOf = (
  { commits, cursor }: ScanPage,
  { open }: AuditPlace,
): { readonly heads: readonly Head[]; readonly open: AuditPlace['open'] } => {
  const all = new Map(open === undefined ? [] : [[open.stream, open]]);
  // Commits are in order, so the last commit of each stream stays in the map.
  for (const commit of commits) {
    const stream = streamName(commit.stream);
    all.set(stream, { stream, version: lastVersion(commit), recordedAt: commit.recordedAt });
  }
  const last = commits.at(-1);
  const goesOn = cursor === undefined ? undefined : last === undefined ? open : all.get(streamName(last.stream));
  if (goesOn !== undefined) all.delete(goesOn.stream); // Compare it only once, on a later page.
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

/** A projector may be a minute behind. The audit's function stops early enough to have this time for its last page. */
const graceSeconds = 60;
/** The pause between two reads: half a second on average. */
const lookSteps = 7;

/** Waits until recent events have arrived, or their grace time is up. It does not wait for parked streams. */
const arrival = async (stores: ProjectionPorts, projection: AnyProjection, heads: readonly Head[]): Promise<void> => {
  const began = stores.now().getTime();
  const hasTime = ({ recordedAt }: Head): boolean =>
    stores.now().getTime() < Math.min(new Date(recordedAt).getTime(), began) + graceSeconds * 1000;
  const isBehind = ({ version }: Head, row: Row | undefined): boolean =>
    row === undefined || (wholeVersion(row) < version && row.parked === undefined);
  for (let rest = heads.filter(hasTime); rest.length > 0; rest = rest.filter(hasTime)) {
    const rows = await rowsOf(stores.readModels, projection, rest, 'strong');
    rest = rest.filter((head, index) => isBehind(head, rows[index]));
    if (rest.length > 0) await stores.pause(lookSteps);
  }
};

/** The heads whose row is at another version, inside a commit, or parked. */
const different = async (
  { readModels }: ProjectionPorts,
  projection: AnyProjection,
  heads: readonly Head[],
  consistency: Consistency,
): Promise<readonly Head[]> => {
  const rows = await rowsOf(readModels, projection, heads, consistency);
  return heads.filter((head, index) => {
    const row = rows[index];
    return row === undefined || row.version !== head.version || row.wholeVersion !== undefined || row.parked !== undefined;
  });
};

/** The rows of the heads, in the same order. */
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

/** Reads the row before the stream's end. If the row's version is then higher, the log has lost commits. */
const judge = async (
  { readModels, eventStore }: ProjectionPorts,
  projection: AnyProjection,
  head: Head,
): Promise<readonly AuditFinding[]> => {
  const row = await readModels.get(projection, progressKey(projection, head.stream), 'strong');
  const { commits } = await eventStore.read(head.stream, { from: Number.MAX_SAFE_INTEGER, limit: 1, newestFirst: true });
  const end = commits.map(lastVersion)[0] ?? 0;
  const finding = {
    projection: projection.name,
    revision: projection.revision,
    stream: streamName(head.stream),
    recorded: end,
    projected: wholeVersion(row),
  };
  if (row.parked !== undefined) return [{ ...finding, kind: 'parked', ...(row.parked.needs === undefined ? {} : { waits: true }) }];
  if (wholeVersion(row) < head.version) return [{ ...finding, kind: 'missing' }];
  return row.version > end ? [{ ...finding, kind: 'ahead', projected: row.version }] : [];
};

const repair = async (repairs: BringUp, projection: AnyProjection, heads: readonly Head[]): Promise<void> => {
  for (let rest = heads; rest.length > 0; rest = rest.slice(streamsAtATime)) {
    const deliveries = rest.slice(0, streamsAtATime).map(({ stream }) => ({ stream, commits: [] }));
    for (const error of (await repairs(projection, deliveries)).values()) throw error;
  }
};
