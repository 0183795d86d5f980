import type { Commit } from '../log/event-store.ts';
import { type AnyProjection, foldCommit, nothing, type Versioned } from '../read/projection.ts';

/**
 * Folds commits into the document of one stream, with its version. `before` is the document to start from.
 * @throws Poison if a row cannot apply an event.
 *
 * @example
 * const { document, version } = foldAll(orderSummary, commitsOf({ aggregate: 'order', id: '42', events: order.events }, [placed]));
 */
export const foldAll = (projection: AnyProjection, commits: readonly Commit[], before: Versioned = nothing): Versioned =>
  commits.reduce((row, commit) => foldCommit(projection, row, commit), before);
