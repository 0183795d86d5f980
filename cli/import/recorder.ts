import { isDeepStrictEqual } from 'node:util';
import { Conflict, Invalid, Unavailable } from '../../core/basics/errors.ts';
import { streamName } from '../../core/basics/stream.ts';
import type { Entry } from '../../core/import/mapping.ts';
import { type Claims, type Commit, type Decided, type EventStore, hasIdOf, recallWindow } from '../../core/log/event-store.ts';
import { asRecorded } from '../../core/write/circumstances.ts';
import type { Aggregate, TailCache } from '../../core/write/command-handler.ts';
import { type AnyDecider, fold, foldingOf } from '../../core/write/decider.ts';
import { type PastCommits, pastCommits } from './past-commits.ts';

export interface RecorderPorts {
  readonly eventStore: EventStore;
  readonly cache: TailCache;
  /** Waits before a request is sent again. */
  readonly pause: (tries: number) => Promise<void>;
}

export interface Recorded {
  readonly commit: Commit;
  /** False if an earlier run or an earlier try recorded the commit. */
  readonly isNew: boolean;
}

const maxTries = 10;

/**
 * Records an entry at the end of its stream, once. The first put to a stream assumes that the stream is empty, to save a read. If the
 * stream has events, that put fails, and the recorder loads the stream; it then recognises earlier commits of the same entries by their
 * ids. Entries of one stream are recorded one after the other, in order.
 * The returned function throws Invalid, Refusal (`NameTaken`), Conflict, Unavailable.
 */
export const recorder = ({ eventStore, cache, pause }: RecorderPorts) => {
  const past = pastCommits(eventStore);

  /** Returns the recorded commit. If the stream was not at the expected version, returns the stream as loaded again. */
  const tryOnce = async (entry: Entry, seen: Aggregate): Promise<Recorded | Aggregate> => {
    const { decider, stream, request } = entry;
    if (entry.version !== undefined && entry.version !== seen.tail.version + 1) return atVersion(entry, entry.version, seen);
    // The version of an exported commit tells whether it is there. Its id does not: a client may have used its key again later.
    const earlier =
      entry.version === undefined
        ? ((await eventStore.recall(seen.tail, request)) ?? (await beyondRecall(past, seen.tail, entry)))
        : undefined;
    if (earlier !== undefined) return { commit: earlier, isNew: false };

    const decided = decidedOf(entry, seen, eventStore.timeAfter(seen.tail, entry.recordedAt));
    const outcome = await eventStore.append(seen.tail, request, decided);
    if (outcome.won && outcome.isNew) {
      past.note(outcome.commit);
      cache.set({ ...seen, state: decided.folded.state, tail: outcome.tail });
      return { commit: outcome.commit, isNew: true };
    }
    const found = await eventStore.load(stream, foldingOf(decider), 'strong');
    cache.set(found);
    return outcome.won ? { commit: outcome.commit, isNew: false } : found;
  };

  /**
   * An exported commit keeps its version. If the stream is at another one, the commit may be there already, or the process may not know the
   * stream's end yet. @throws Invalid (`InvalidData`) if the log has another commit there, or lacks those before it.
   */
  const atVersion = async (entry: Entry, version: number, seen: Aggregate): Promise<Recorded | Aggregate> => {
    const found = seen.tail.version < version ? await eventStore.load(entry.stream, foldingOf(entry.decider), 'strong') : seen;
    if (found.tail.version + 1 === version) {
      cache.set(found);
      return found;
    }
    const { commits } = await eventStore.read(entry.stream, { from: version, limit: 1 });
    if (commits[0] !== undefined) return copyOf(entry, { commit: commits[0], isNew: false });
    const name = streamName(entry.stream);
    throw new Invalid('InvalidData', `${name} ends at version ${found.tail.version}, and the exported commit begins at version ${version}`);
  };

  /**
   * A later release may map the same line to data of a later schema version. The log then takes the entry for another request, so compare
   * the events. @throws Invalid (`IdempotencyKeyReused`) if they are other events.
   */
  const recordedBefore = async (entry: Entry, error: unknown): Promise<Recorded> => {
    if (!(error instanceof Invalid) || error.code !== 'IdempotencyKeyReused') throw error;
    const { tail } = await eventStore.load(entry.stream, foldingOf(entry.decider), 'strong');
    const commit = await past.find(entry, tail.version);
    if (commit === undefined) throw error;
    return { commit, isNew: false };
  };

  return async (entry: Entry): Promise<Recorded> => {
    const { decider, stream } = entry;
    let seen: Aggregate = cache.get(stream) ?? { state: decider.initialState(), tail: eventStore.begin(stream) };
    for (let tries = 1; tries <= maxTries; tries++) {
      try {
        const outcome = await tryOnce(entry, seen).catch((error: unknown) => recordedBefore(entry, error));
        if ('commit' in outcome) return copyOf(entry, outcome);
        seen = outcome;
      } catch (error) {
        if (!(error instanceof Unavailable) || tries === maxTries) throw error;
        await pause(tries);
      }
    }
    throw new Conflict('ConcurrencyConflict', `other writers were first ${maxTries} times`);
  };
};

/**
 * What is there for an exported commit must be the same commit: another system may have decided the same request differently.
 * @throws Invalid (`InvalidData`) if it is another one.
 */
const copyOf = ({ version, stored, request, recordedAt, stream }: Entry, found: Recorded): Recorded => {
  const { commit, isNew } = found;
  if (version === undefined || isNew) return found;
  const isSame = commit.version === version && commit.recordedAt === recordedAt && hasIdOf(commit, request);
  if (isSame && isDeepStrictEqual(commit.events, JSON.parse(JSON.stringify(stored)))) return found;
  throw new Invalid('InvalidData', `${streamName(stream)} has another commit at version ${version} than the export`);
};

/** Finds a commit before the recall window. A stream no longer than the window has none, because its tail remembers every commit. */
const beyondRecall = async (past: PastCommits, { version }: Aggregate['tail'], entry: Entry): Promise<Commit | undefined> =>
  version <= recallWindow ? undefined : past.find(entry, version);

/**
 * The decision to record: the entry's own events, without `decide`. State and claimed names are computed as for a command, and `evolve` sees
 * the time and the actor that are stored.
 */
const decidedOf = (
  { decider, events, stored, answer, sealed, request: { actor } }: Entry,
  { state: before, tail }: Aggregate,
  recordedAt: string,
): Decided => {
  const state = fold(decider, asRecorded(events, { version: tail.version + 1, recordedAt, actor }) as never, before);
  const { fingerprint } = foldingOf(decider);
  return {
    events: stored,
    answer,
    sealed,
    folded: { fingerprint, state },
    claims: claimsBetween(decider, before, state),
    recordedAt,
  };
};

const claimsBetween = ({ claims: namesIn }: AnyDecider, before: unknown, after: unknown): Claims => {
  const held = namesIn?.(before) ?? [];
  const wanted = namesIn?.(after) ?? [];
  return { claimed: wanted.filter((name) => !held.includes(name)), released: held.filter((name) => !wanted.includes(name)) };
};
