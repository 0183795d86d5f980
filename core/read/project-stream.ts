import { Unwritable } from '../basics/errors.ts';
import { type Commit, lastVersion } from '../log/event-store.ts';
import { type Delivery, gate } from '../log/gate.ts';
import { demandKnown } from '../log/newer-release.ts';
import { Poison } from '../log/poison.ts';
import type { ProjectionPorts, ProjectOptions } from './ports.ts';
import { type AnyProjection, foldCommit, nothing } from './projection.ts';
import { faultOf, progressKey, type Row } from './read-models.ts';
import { isPassedOver } from './waiting.ts';

const maxConflicts = 10;

/** Projects one stream into its document. One conditional write applies all new commits, so the version check and the fold are atomic. */
export const projectStream = async (
  stores: ProjectionPorts,
  projection: AnyProjection,
  delivery: Delivery,
  options: ProjectOptions,
): Promise<void> => {
  const { readModels } = stores;
  const { readAt, after } = gate(stores, delivery);
  const key = progressKey(projection, delivery.stream);
  const read = async (): Promise<Row> => {
    const row = await readModels.get(projection, key, 'strong');
    readAt(row.version);
    return row;
  };
  // A new stream almost never has a row yet. So skip the read: the condition of the write fails if there is one.
  let row = delivery.commits.some(({ version }) => version === 1) ? undefined : await read();
  for (let conflicts = 0; conflicts < maxConflicts; ) {
    if (row !== undefined && isPassedOver(row, stores, options)) return;
    const commits = await after(row?.version ?? 0);
    if (commits.length === 0 && row?.parked === undefined) return;
    const written = await writeFold({ stores, projection, key, row, tenant: delivery.stream.tenant }, commits);
    if (written?.parked !== undefined) return;
    // Ask the gate again: it repairs a long gap page by page. `written` is undefined if another writer, or our own lost write, was first.
    row = written ?? (await read());
    conflicts += written === undefined ? 1 : 0;
  }
  throw new Error(`${projection.name}: other writers changed '${key}' ${maxConflicts} times`);
};

/** The row of a new stream after these commits; undefined if they do not begin at version 1 or have a gap. */
export const firstRow = (stores: ProjectionPorts, projection: AnyProjection, commits: readonly Commit[]): Row | undefined => {
  const isWhole = commits.every(({ version }, index) => version === (index === 0 ? 0 : lastVersion(commits[index - 1] as Commit)) + 1);
  return isWhole && commits.length > 0 ? foldUntilPoison({ stores, projection, row: undefined }, commits) : undefined;
};

interface RowWrite {
  readonly stores: ProjectionPorts;
  readonly projection: AnyProjection;
  readonly key: string;
  readonly tenant: string | undefined;
  /** Undefined if it was not read, because there is probably none. */
  readonly row: Row | undefined;
}

/** Folds commits into a row, up to the first that cannot be applied, and writes the row. Undefined if another writer has changed it. */
const writeFold = async (writing: RowWrite, commits: readonly Commit[]): Promise<Row | undefined> => {
  try {
    return await replace(writing, foldUntilPoison(writing, commits));
  } catch (error) {
    const [first] = commits;
    if (!(error instanceof Unwritable) || first === undefined) throw error;
    // The table rejects the document of some commit for good. Writing commit by commit shows which.
    if (commits.length > 1) return writeFold(writing, [first]);
    return replace(writing, { ...(writing.row ?? nothing), parked: faultOf(first, error, writing.stores.now()) });
  }
};

const replace = async ({ stores, projection, key, tenant, row }: RowWrite, next: Row): Promise<Row | undefined> =>
  (await stores.readModels.write(projection, [{ key, tenant, from: row?.version ?? 'unread', next }])) ? next : undefined;

const foldUntilPoison = ({ stores, projection, row = nothing }: Omit<RowWrite, 'key' | 'tenant'>, commits: readonly Commit[]): Row => {
  const { parked: _, ...before } = row;
  let folded: Row = before;
  for (const commit of commits) {
    try {
      demandKnown(commit, stores.knows);
      folded = foldCommit(projection, folded, commit);
    } catch (error) {
      if (!(error instanceof Poison)) throw error;
      return { ...folded, parked: faultOf(commit, error, stores.now()) };
    }
  }
  return folded;
};
