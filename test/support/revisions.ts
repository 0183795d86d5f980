import type { AnyProjection } from '../../core/projection.ts';

/** The same projection, one revision later. */
export const next = <P extends AnyProjection>(projection: P, revision = 2): P => ({ ...projection, revision });
