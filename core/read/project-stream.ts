import { Unwritable } from '../basics/errors.ts';
import { type Commit, lastVersion } from '../log/event-store.ts';
import { type Delivery, gate } from '../log/gate.ts';
import { Poison } from '../log/poison.ts';
import type { ProjectionPorts, ProjectOptions } from './ports.ts';
import { type AnyProjection, foldCommit, nothing } from './projection.ts';
import { faultOf, progressKey, type Row } from './read-models.ts';

const maxConflicts = 10;

/** One stream into its one document: all new commits in one conditional write, so that fold and gate are one. */
export const projectStream = async (
  stores: ProjectionPorts,
  projection: AnyProjection,
  delivery: Delivery,
  { retryParked }: ProjectOptions,
): Promise<void> => {
  const { readModels } = stores;
  const { readAt, after } = gate(stores, delivery);
  const key = progressKey(projection, delivery.stream);
  const read = async (): Promise<Row> => {
    const row = await readModels.get(projection, key, 'strong');
    readAt(row.version);
    return row;
  };
  // A stream's first commit finds no document in all but the rarest case: the read is saved, and the write's condition decides.
  let row: Row = delivery.commits.some(({ version }) => version === 1) ? nothing : await read();
  for (let conflicts = 0; conflicts < maxConflicts; ) {
    if (row.parked !== undefined && !retryParked) return;
    const commits = await after(row.version);
    if (commits.length === 0 && row.parked === undefined) return;
    const written = await writeFold({ stores, projection, key, row, tenant: delivery.stream.tenant }, commits);
    if (written?.parked !== undefined) return;
    // Once more through the gate: a long gap is repaired page by page. Or another writer was first, or our own, unheard.
    row = written ?? (await read());
    conflicts += written === undefined ? 1 : 0;
  }
  throw new Error(`${projection.name}: '${key}' was moved by others ${maxConflicts} times`);
};

/** The row of a stream that begins with these commits, where nothing is missing between them. */
export const firstRow = (stores: ProjectionPorts, projection: AnyProjection, commits: readonly Commit[]): Row | undefined => {
  const isWhole = commits.every(({ version }, index) => version === (index === 0 ? 0 : lastVersion(commits[index - 1] as Commit)) + 1);
  return isWhole && commits.length > 0 ? foldUntilPoison({ stores, projection, row: nothing }, commits) : undefined;
};

interface RowWrite {
  readonly stores: ProjectionPorts;
  readonly projection: AnyProjection;
  readonly key: string;
  readonly tenant: string | undefined;
  readonly row: Row;
}

/** Folds commits into a row and writes it, up to the first that cannot be applied. Undefined where another writer has moved the row. */
const writeFold = async (writing: RowWrite, commits: readonly Commit[]): Promise<Row | undefined> => {
  try {
    return await replace(writing, foldUntilPoison(writing, commits));
  } catch (error) {
    const [first] = commits;
    if (!(error instanceof Unwritable) || first === undefined) throw error;
    // One of them makes a document that no table takes. Commit by commit, it is found out which.
    if (commits.length > 1) return writeFold(writing, [first]);
    return replace(writing, { ...writing.row, parked: faultOf(first, error, writing.stores.now()) });
  }
};

const replace = async ({ stores, projection, key, tenant, row }: RowWrite, next: Row): Promise<Row | undefined> =>
  (await stores.readModels.write(projection, [{ key, tenant, from: row.version, next }])) ? next : undefined;

const foldUntilPoison = (
  { stores, projection, row: { parked: _, ...row } }: Omit<RowWrite, 'key' | 'tenant'>,
  commits: readonly Commit[],
): Row => {
  let folded: Row = row;
  for (const commit of commits) {
    try {
      folded = foldCommit(projection, folded, commit);
    } catch (error) {
      if (!(error instanceof Poison)) throw error;
      return { ...folded, parked: faultOf(commit, error, stores.now()) };
    }
  }
  return folded;
};
