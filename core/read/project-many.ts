import { TooLargeTogether, Unwritable } from '../basics/errors.ts';
import { type Commit, lastVersion } from '../log/event-store.ts';
import { type Delivery, type Gate, gate } from '../log/gate.ts';
import { demandKnown } from '../log/newer-release.ts';
import { Poison } from '../log/poison.ts';
import { type Cut, checkpointAfter, type Part, partsOf } from './commit-parts.ts';
import type { ProjectionPorts, ProjectOptions } from './ports.ts';
import { type AnyProjection, evolveDocument, nothing } from './projection.ts';
import { faultOf, maxChanges, progressKey, type Row } from './read-models.ts';
import { type Staged, type UnitOfWork, unitOfWork } from './unit-of-work.ts';
import { isPassedOver } from './waiting.ts';

const maxConflicts = 20;

/**
 * Projects many streams into documents of many streams. A document and the checkpoints of its streams change in one transaction, so each
 * event counts exactly once. New commits of all streams share transactions, up to the limits of 100 rows and 4 MB each. A commit beyond
 * these limits takes several transactions.
 */
export const projectMany = async (
  stores: ProjectionPorts,
  projection: AnyProjection,
  deliveries: readonly Delivery[],
  options: ProjectOptions,
): Promise<void> => {
  const gates = new Map(deliveries.map((delivery) => [delivery, gate(stores, delivery)]));
  let isCareful = false;
  let limits: Limits = { maxRows: maxChanges, maxDocuments: maxChanges - 1 };
  for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
    const unit = unitOfWork(stores.readModels, projection, limits.maxRows);
    const outcome = await attempt({ stores, projection, options, isCareful, limits, gates }, unit, deliveries).catch(onlyUnwritable);
    if (outcome === true) return;
    if (unit.writes() > 0) conflicts = 0; // The attempt made progress.
    const smaller = outcome === false ? undefined : smallerThan(limits, unit.staged(), outcome);
    if (outcome === false) await stores.pause(conflicts);
    else if (smaller !== undefined) limits = smaller;
    else isCareful = true; // The table rejects some row for good. Writing commit by commit shows which commit makes it.
  }
  throw new Error(`${projection.name}: other writers changed its documents ${maxConflicts} times`);
};

interface Limits {
  /** The number of rows that several parts may share a write with. */
  readonly maxRows: number;
  /** The number of documents in a part. */
  readonly maxDocuments: number;
}

/**
 * The limits to try after a write that was too large; undefined if no smaller write is possible. Parts of several commits no longer share
 * that write. Only a part that is too large alone is cut: a commit that fits into one transaction is never written in two (decision 18).
 */
const smallerThan = (limits: Limits, { rows, parts }: Staged, error: Unwritable): Limits | undefined => {
  if (!(error instanceof TooLargeTogether)) return undefined;
  if (parts > 1 && rows > 2) return { ...limits, maxRows: Math.ceil(rows / 2) };
  const documents = Math.min(rows - 1, limits.maxDocuments);
  return documents > 1 ? { ...limits, maxDocuments: Math.ceil(documents / 2) } : undefined;
};

interface Work {
  readonly stores: ProjectionPorts;
  readonly projection: AnyProjection;
  readonly options: ProjectOptions;
  readonly isCareful: boolean;
  readonly limits: Limits;
  /** One gate per delivery, kept over all attempts. */
  readonly gates: ReadonlyMap<Delivery, Gate>;
}

/** Starts at the checkpoints, so the gate drops what an earlier attempt wrote. False if another writer changed a row meanwhile. */
const attempt = async (work: Work, unit: UnitOfWork, deliveries: readonly Delivery[]): Promise<boolean> => {
  const { stores, projection, options, gates } = work;
  for (const delivery of await inOrderOfDocuments(work, unit, deliveries)) {
    const key = progressKey(projection, delivery.stream);
    const found = await unit.rowAt(key);
    const { parked, ...checkpoint } = found;
    const { readAt, after } = gates.get(delivery) ?? gate(stores, delivery);
    readAt(checkpoint.version);
    if (isPassedOver(found, stores, options)) continue;
    if (parked !== undefined) unit.put(key, checkpoint, delivery.stream.tenant);
    for (let row: Row = checkpoint; row.parked === undefined; row = await unit.rowAt(key)) {
      const commits = await after(row.version);
      if (commits.length === 0) break;
      if (!(await stageAll(work, unit, commits))) return false;
    }
    if (work.isCareful && !(await unit.flush())) return false; // Before the next stream, because its rows may be discarded.
  }
  return unit.flush();
};

/**
 * Reads all rows that the new commits will change in one request. Returns the deliveries ordered so that those that change the same
 * documents stand together, because fewer transactions then write each document. Poison is ignored here; `stageAll` parks its stream.
 */
const inOrderOfDocuments = async (work: Work, unit: UnitOfWork, deliveries: readonly Delivery[]): Promise<readonly Delivery[]> => {
  const { stores, projection, options, limits } = work;
  const keyOfProgress = ({ stream }: Delivery): string => progressKey(projection, stream);
  await unit.expect(deliveries.map(keyOfProgress));
  const changed = new Map<Delivery, readonly string[]>();
  for (const delivery of deliveries) {
    const row = await unit.rowAt(keyOfProgress(delivery));
    const isSkipped = isPassedOver(row, stores, options);
    changed.set(delivery, isSkipped ? [] : keysIn(projection, delivery, { after: row.version, ...limits }));
  }
  await unit.expect([...new Set([...changed.values()].flat())]);
  const firstKey = (delivery: Delivery): string => changed.get(delivery)?.[0] ?? '';
  return deliveries.toSorted((a, b) => (firstKey(a) < firstKey(b) ? -1 : Number(firstKey(a) > firstKey(b))));
};

/** The keys of the documents that new commits change. A commit of several parts reads its documents part by part. */
const keysIn = (projection: AnyProjection, { commits }: Delivery, cut: Cut): readonly string[] => {
  try {
    return commits
      .filter((commit) => lastVersion(commit) > cut.after)
      .map((commit) => partsOf(projection, commit, cut))
      .flatMap((parts) => (parts.length === 1 ? parts.flatMap(keysOf) : []));
  } catch (error) {
    if (error instanceof Poison) return [];
    throw error;
  }
};

const keysOf = ({ events }: Part): readonly string[] => [...new Set(events.map(({ key }) => key))];

/** Puts commits of one stream into the unit, up to the first that the projection cannot apply: that commit parks the stream. */
const stageAll = async (work: Work, unit: UnitOfWork, commits: readonly Commit[]): Promise<boolean> => {
  for (const commit of commits) {
    const { parked } = await unit.rowAt(progressKey(work.projection, commit.stream));
    if (parked !== undefined) return true;
    if (!(await stageOrPark(work, unit, commit))) return false;
  }
  return true;
};

const stageOrPark = async (work: Work, unit: UnitOfWork, commit: Commit): Promise<boolean> => {
  try {
    return await stage(work, unit, commit);
  } catch (error) {
    // Unless the work is careful, the unit also has rows of other commits, and any of them may be unwritable.
    const isOfCommit = error instanceof Poison || (work.isCareful && error instanceof Unwritable);
    if (!isOfCommit || (error instanceof Unwritable && smallerThan(work.limits, unit.staged(), error) !== undefined)) throw error;
    if (error instanceof Unwritable) unit.discard();
    const key = progressKey(work.projection, commit.stream);
    const row = await unit.rowAt(key);
    if (!unit.hasRoomFor([key]) && !(await unit.flush())) return false;
    const fault = faultOf({ ...commit, version: row.version + 1 }, error, work.stores.now());
    unit.putPart(new Map([[key, { ...row, parked: fault }]]), commit.stream.tenant);
    return true;
  }
};

/**
 * Puts the rest of a commit into the unit, after the position in the checkpoint. A commit that changes more documents than one transaction
 * can is written in parts. Each transaction moves the checkpoint to the last event that it contains, so each event counts once.
 */
const stage = async ({ stores, projection, isCareful, limits }: Work, unit: UnitOfWork, commit: Commit): Promise<boolean> => {
  demandKnown(commit, stores.knows);
  const { version } = await unit.rowAt(progressKey(projection, commit.stream));
  let previous: Part | undefined;
  for (const part of partsOf(projection, commit, { after: version, ...limits })) {
    let rows = await rowsOf(projection, unit, part);
    if (!unit.hasRoomFor([...rows.keys()])) {
      if (!(await unit.flush())) return false;
      if (previous !== undefined) unit.forget(keysOf(previous)); // All documents of a commit may be more than the memory can hold.
      rows = await rowsOf(projection, unit, part);
    }
    unit.putPart(rows, commit.stream.tenant);
    if (isCareful && !(await unit.flush())) return false;
    previous = part;
  }
  return true;
};

/** The rows that a part changes: its documents and its stream's checkpoint. @throws Poison. */
const rowsOf = async (projection: AnyProjection, unit: UnitOfWork, part: Part): Promise<ReadonlyMap<string, Row>> => {
  const keys = keysOf(part);
  await unit.expect(keys);
  const rows = new Map(await Promise.all(keys.map(async (key) => [key, await unit.rowAt(key)] as const)));
  for (const { key, event } of part.events) {
    const { document, recordedAt } = rows.get(key) ?? nothing;
    rows.set(key, {
      document: evolveDocument(projection, document, event),
      version: unit.storedVersion(key) + 1,
      recordedAt: [recordedAt, part.commit.recordedAt].toSorted().at(-1) as string,
    });
  }
  return rows.set(progressKey(projection, part.commit.stream), checkpointAfter(part));
};

const onlyUnwritable = (error: unknown): Unwritable => {
  if (error instanceof Unwritable) return error;
  throw error;
};
