import type { AnyProjection } from '../../core/read/projection.ts';
import type { Pointer } from '../../core/rebuild/pointers.ts';

/** The same projection, one revision later. */
export const next = <P extends AnyProjection>(projection: P, revision = 2): P => ({ ...projection, revision });

/** What releases of before recorded: it does not say in which table a revision is. */
export const withoutTables = (pointer: Pointer): Pointer => ({
  ...pointer,
  revisions: Object.fromEntries(Object.entries(pointer.revisions).map(([revision, { table: _, ...rest }]) => [revision, rest])),
});
