import { TooLargeTogether, Unwritable } from '../basics/errors.ts';
import { ofTenant } from '../basics/stream.ts';
import { type Commit, lastVersion } from '../log/event-store.ts';
import { type Delivery, type Gate, gate } from '../log/gate.ts';
import { Poison } from '../log/poison.ts';
import type { ProjectionPorts, ProjectOptions } from './ports.ts';
import { type AnyProjection, eventsFor, evolveDocument, keyOf, nothing } from './projection.ts';
import { checkpointPrefix, faultOf, maxChanges, maxKeyBytes, progressKey, type Row } from './read-models.ts';
import { type UnitOfWork, unitOfWork } from './unit-of-work.ts';

const maxConflicts = 20;

/**
 * Projects many streams into documents of many streams. A document and the checkpoints of its streams change in one transaction, so each
 * event counts exactly once. New commits of all streams share transactions, up to the limits of 100 rows and 4 MB each.
 */
export const projectMany = async (
  stores: ProjectionPorts,
  projection: AnyProjection,
  deliveries: readonly Delivery[],
  { retryParked }: ProjectOptions,
): Promise<void> => {
  const gates = new Map(deliveries.map((delivery) => [delivery, gate(stores, delivery)]));
  let [isCareful, maxRows] = [false, maxChanges];
  for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
    const unit = unitOfWork(stores.readModels, projection, maxRows);
    const outcome = await attempt({ stores, projection, retryParked, isCareful, gates }, unit, deliveries).catch(onlyUnwritable);
    if (outcome === true) return;
    if (unit.writes() > 0) conflicts = 0; // The attempt made progress.
    if (outcome === false) await stores.pause(conflicts);
    else if (outcome instanceof TooLargeTogether && maxRows > 2) maxRows = Math.ceil(maxRows / 2);
    else isCareful = true; // The table rejects some row for good. Writing commit by commit shows which commit makes it.
  }
  throw new Error(`${projection.name}: other writers changed its documents ${maxConflicts} times`);
};

interface Work {
  readonly stores: ProjectionPorts;
  readonly projection: AnyProjection;
  readonly retryParked: boolean;
  readonly isCareful: boolean;
  /** One gate per delivery, kept over all attempts. */
  readonly gates: ReadonlyMap<Delivery, Gate>;
}

/** Starts at the checkpoints, so the gate drops what an earlier attempt wrote. False if another writer changed a row meanwhile. */
const attempt = async (work: Work, unit: UnitOfWork, deliveries: readonly Delivery[]): Promise<boolean> => {
  const { stores, projection, retryParked, gates } = work;
  for (const delivery of await inOrderOfDocuments(work, unit, deliveries)) {
    const key = progressKey(projection, delivery.stream);
    const { parked, ...checkpoint } = await unit.rowAt(key);
    const { readAt, after } = gates.get(delivery) ?? gate(stores, delivery);
    readAt(checkpoint.version);
    if (parked !== undefined && !retryParked) continue;
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
  const { projection, retryParked } = work;
  const keyOfProgress = ({ stream }: Delivery): string => progressKey(projection, stream);
  await unit.expect(deliveries.map(keyOfProgress));
  const keysOf = new Map<Delivery, readonly string[]>();
  for (const delivery of deliveries) {
    const { version, parked } = await unit.rowAt(keyOfProgress(delivery));
    const isSkipped = parked !== undefined && !retryParked;
    keysOf.set(delivery, isSkipped ? [] : keysIn(projection, delivery, version));
  }
  await unit.expect([...new Set([...keysOf.values()].flat())]);
  const firstKey = (delivery: Delivery): string => keysOf.get(delivery)?.[0] ?? '';
  return deliveries.toSorted((a, b) => (firstKey(a) < firstKey(b) ? -1 : Number(firstKey(a) > firstKey(b))));
};

/** The keys of the documents that the commits after a version change. */
const keysIn = (projection: AnyProjection, { commits }: Delivery, version: number): readonly string[] => {
  try {
    return commits.filter((commit) => commit.version > version).flatMap((commit) => keyedEvents(projection, commit).map(({ key }) => key));
  } catch (error) {
    if (error instanceof Poison) return [];
    throw error;
  }
};

/** Puts commits of one stream into the unit, up to the first that the projection cannot apply: that commit parks the stream. */
const stageAll = async (work: Work, unit: UnitOfWork, commits: readonly Commit[]): Promise<boolean> => {
  const { stores, projection, isCareful } = work;
  for (const commit of commits) {
    const key = progressKey(projection, commit.stream);
    const before = await unit.rowAt(key);
    if (before.parked !== undefined) return true;
    let rows = await rowsOf(work, unit, commit);
    if (!unit.hasRoomFor([...rows.keys()])) {
      if (!(await unit.flush())) return false;
      rows = await rowsOf(work, unit, commit);
    }
    for (const [changed, row] of rows) unit.put(changed, row, commit.stream.tenant);
    if (!isCareful) continue;
    const outcome = await unit.flush().catch(onlyUnwritable);
    if (outcome === false) return false;
    if (outcome === true) continue;
    unit.discard();
    unit.put(key, { ...before, parked: faultOf(commit, outcome, stores.now()) }, commit.stream.tenant);
  }
  return true;
};

/** The rows that a commit changes: its documents and its stream's checkpoint; only the checkpoint if the commit cannot be applied. */
const rowsOf = async ({ stores, projection }: Work, unit: UnitOfWork, commit: Commit): Promise<ReadonlyMap<string, Row>> => {
  const key = progressKey(projection, commit.stream);
  try {
    const documents = await documentsOf(projection, unit, commit);
    return documents.set(key, { ...nothing, version: lastVersion(commit), recordedAt: commit.recordedAt });
  } catch (error) {
    if (!(error instanceof Poison)) throw error;
    return new Map([[key, { ...(await unit.rowAt(key)), parked: faultOf(commit, error, stores.now()) }]]);
  }
};

/** The events of a commit that belong to a document, each with the document's key. @throws Poison. */
const keyedEvents = (projection: AnyProjection, commit: Commit) =>
  eventsFor(projection, commit).flatMap((event) => {
    const chosen = keyOf(projection, event);
    if (chosen === undefined) return [];
    const key = ofTenant(commit.stream.tenant, chosen); // Whatever key the projection chooses, no two tenants share a document.
    if (chosen === '' || chosen.startsWith(checkpointPrefix) || Buffer.byteLength(key) > maxKeyBytes)
      throw new Poison(event.metadata.eventId, `a document's key has 1 to ${maxKeyBytes} bytes, not those of a checkpoint: '${key}'`);
    return [{ key, event }];
  });

const documentsOf = async (projection: AnyProjection, unit: UnitOfWork, commit: Commit): Promise<Map<string, Row>> => {
  const keyed = keyedEvents(projection, commit);
  const keys = [...new Set(keyed.map(({ key }) => key))];
  if (keys.length >= maxChanges)
    throw new Poison(keyed[0]?.event.metadata.eventId ?? '', `a commit changes ${keys.length} documents, ${maxChanges - 1} are possible`);
  await unit.expect(keys);
  const rows = new Map(await Promise.all(keys.map(async (key) => [key, await unit.rowAt(key)] as const)));
  for (const { key, event } of keyed) {
    const { document, recordedAt } = rows.get(key) ?? nothing;
    rows.set(key, {
      document: evolveDocument(projection, document, event),
      version: unit.storedVersion(key) + 1,
      recordedAt: [recordedAt, commit.recordedAt].toSorted().at(-1) as string,
    });
  }
  return rows;
};

const onlyUnwritable = (error: unknown): Unwritable => {
  if (error instanceof Unwritable) return error;
  throw error;
};
