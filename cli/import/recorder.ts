import { Conflict, Invalid, Unavailable } from '../../core/basics/errors.ts';
import type { Entry } from '../../core/import/mapping.ts';
import { type Claims, type Commit, type Decided, type EventStore, recallWindow } from '../../core/log/event-store.ts';
import { toStored } from '../../core/log/stored-events.ts';
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
    const earlier = (await eventStore.recall(seen.tail, request)) ?? (await beyondRecall(past, seen.tail, entry));
    if (earlier !== undefined) return { commit: earlier, isNew: false };

    const decided = decidedOf(entry, seen.state);
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
        if ('commit' in outcome) return outcome;
        seen = outcome;
      } catch (error) {
        if (!(error instanceof Unavailable) || tries === maxTries) throw error;
        await pause(tries);
      }
    }
    throw new Conflict('ConcurrencyConflict', `other writers were first ${maxTries} times`);
  };
};

/** Finds a commit before the recall window. A stream no longer than the window has none, because its tail remembers every commit. */
const beyondRecall = async (past: PastCommits, { version }: Aggregate['tail'], entry: Entry): Promise<Commit | undefined> =>
  version <= recallWindow ? undefined : past.find(entry, version);

/** The decision to record: the entry's own events, without `decide`. State and claimed names are computed as for a command. */
const decidedOf = ({ decider, events, answer, sealed, recordedAt }: Entry, before: unknown): Decided => {
  const state = fold(decider, events as never, before);
  const { fingerprint } = foldingOf(decider);
  return {
    events: toStored(decider.events, events),
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
