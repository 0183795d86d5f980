import { type AnyDecider, type CommandOf, decide, type EventOf, fold, type StateOf } from './decider.ts';
import { Conflict, Refusal } from './errors.ts';
import { type Commit, type Consistency, type EventStore, lastVersion, type Request, type Tail } from './event-store.ts';
import { fromStored, toStored } from './stored-events.ts';
import type { Address } from './stream.ts';

/** A request to one aggregate; `expectedVersion`, where given, is the version that the caller has seen. */
export interface CommandRequest<D extends AnyDecider> extends Request {
  readonly command: CommandOf<D>;
  readonly expectedVersion?: number | undefined;
}

/** What a command did: the events it recorded (none where it was so already), and the stream's version after them. */
export interface Answer {
  readonly stream: Address;
  readonly version: number;
  readonly events: readonly { readonly type: string; readonly version: number }[];
  /** The request had been answered before, and this is the same answer. */
  readonly isRepeated: boolean;
}

const maxConflicts = 8;

/**
 * Load, decide, append; where another writer was first, decide again on what it wrote. `pause` waits before a second read.
 * The returned function throws Refusal, Conflict, Invalid, Unavailable; whoever meets the last sends the same request again.
 */
export const commandHandler =
  (store: EventStore, pause: (conflicts: number) => Promise<void>) =>
  async <D extends AnyDecider>(decider: D, stream: Address, request: CommandRequest<D>): Promise<Answer> => {
    let aggregate = await load(store, decider, stream, 'eventual');
    for (let conflicts = 0; conflicts < maxConflicts; ) {
      const earlier = await store.recall(aggregate.tail, request);
      if (earlier !== undefined) return answered(earlier, true);

      const decision = decideOn(decider, aggregate, request);
      if ('events' in decision && decision.events.length > 0) {
        fold(decider, decision.events, aggregate.state); // Before the write: a bug in evolve is not to be met by a stored event.
        const outcome = await store.append(aggregate.tail, request, toStored(decision.events));
        if (outcome.won) return answered(outcome.commit, false);
        conflicts += 1;
        if (conflicts === 1) aggregate = overtaken(decider, aggregate, outcome);
        else aggregate = await pause(conflicts).then(() => load(store, decider, stream, 'strong'));
      } else if (aggregate.consistency === 'eventual') {
        aggregate = await load(store, decider, stream, 'strong'); // A "no" or an "already so" said of an old state proves nothing.
      } else if ('refused' in decision) {
        throw decision.refused;
      } else {
        return { stream, version: aggregate.tail.version, events: [], isRepeated: false };
      }
    }
    throw new Conflict('ConcurrencyConflict', `other writers were first ${maxConflicts} times`);
  };

interface Aggregate<D extends AnyDecider> {
  readonly state: StateOf<D>;
  readonly tail: Tail;
  readonly consistency: Consistency;
}

const load = async <D extends AnyDecider>(
  store: EventStore,
  decider: D,
  stream: Address,
  consistency: Consistency,
): Promise<Aggregate<D>> => {
  const { tail, commits } = await store.load(stream, consistency);
  return { state: foldCommits(decider, commits), tail, consistency };
};

/** The aggregate with the winner's commit folded in: no read is needed, but more may have followed. */
const overtaken = <D extends AnyDecider>(decider: D, { state }: Aggregate<D>, lost: { winner: Commit; tail: Tail }): Aggregate<D> => ({
  state: foldCommits(decider, [lost.winner], state),
  tail: lost.tail,
  consistency: 'eventual',
});

const foldCommits = <D extends AnyDecider>(decider: D, commits: readonly Commit[], state?: StateOf<D>): StateOf<D> =>
  commits.reduce(
    (folded, commit) => fold(decider, fromStored(decider.events, commit) as EventOf<D>[], folded),
    state ?? decider.initialState(),
  );

type Decision<D extends AnyDecider> = { readonly events: readonly EventOf<D>[] } | { readonly refused: Refusal | Conflict };

const decideOn = <D extends AnyDecider>(
  decider: D,
  { state, tail }: Aggregate<D>,
  { command, expectedVersion }: CommandRequest<D>,
): Decision<D> => {
  if (expectedVersion !== undefined && expectedVersion !== tail.version) {
    const details = { expectedVersion, version: tail.version };
    return { refused: new Conflict('PreconditionFailed', `the stream is at version ${tail.version}, not ${expectedVersion}`, details) };
  }
  try {
    return { events: decide(decider, command, state) };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error };
    throw error;
  }
};

const answered = (commit: Commit, isRepeated: boolean): Answer => ({
  stream: commit.stream,
  version: lastVersion(commit),
  events: commit.events.map(({ type }, index) => ({ type, version: commit.version + index })),
  isRepeated,
});
