import type { Commit } from '../log/event-store.ts';
import { type AnyProjection, foldCommit, nothing, type Versioned } from '../read/projection.ts';

/**
 * A document of one stream, folded from its commits, with its version. `before` is a document to go on from.
 * @throws Poison where a row cannot apply an event.
 *
 * @example
 * const { document, version } = foldAll(orderSummary, commitsOf({ aggregate: 'order', id: '42', events: order.events }, [placed]));
 */
export const foldAll = (projection: AnyProjection, commits: readonly Commit[], before: Versioned = nothing): Versioned =>
  commits.reduce((row, commit) => foldCommit(projection, row, commit), before);
