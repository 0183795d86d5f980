import type { Commit } from '../log/event-store.ts';
import { type AnyProjection, foldCommit, nothing, type Versioned } from '../read/projection.ts';

/** A document of one stream, folded from its commits. */
export const foldAll = (projection: AnyProjection, commits: readonly Commit[], before: Versioned = nothing): Versioned =>
  commits.reduce((row, commit) => foldCommit(projection, row, commit), before);
