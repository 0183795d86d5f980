import { type Commit, lastVersion, recorded } from '../../core/log/event-store.ts';
import { type AnyProjection, nothing, type Versioned } from '../../core/read/projection.ts';

/** What a document should be, said as plainly as can be: every event in turn, from the first. An oracle, not a copy of core. */
export const foldOf = (projection: AnyProjection, commits: readonly Commit[]): Versioned => {
  let now = nothing;
  for (const commit of commits) now = applied(projection, now, commit);
  return now;
};

/** One commit on top of a document, whether or not it follows. */
export const applied = (projection: AnyProjection, before: Versioned, commit: Commit): Versioned => {
  let { document } = before;
  for (const { type, data, metadata } of recorded(commit)) {
    const row = projection.evolve[type];
    if (row !== undefined) document = row(document ?? projection.initialState(), data, metadata);
  }
  return { document, version: lastVersion(commit), recordedAt: commit.recordedAt };
};
