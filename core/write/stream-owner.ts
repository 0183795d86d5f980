import { InvalidEvent, NewerRelease } from '../basics/errors.ts';
import type { Recorded } from '../basics/messages.ts';
import type { Address } from '../basics/stream.ts';
import type { EventStore } from '../log/event-store.ts';
import { type AnyDecider, type EventOf, fold, foldingOf, type StateOf } from './decider.ts';

/** A stream, and the owner that is asked about. */
export interface StreamOfOwner {
  readonly decider: AnyDecider;
  readonly stream: Address;
  readonly owner: string;
}

/** Whether a stream belongs to an owner. Each answer is folded from the nearest snapshot. */
export interface StreamOwnership {
  /** The version of the stream if it belongs to the owner now. Undefined if it is another's, or if it has no events. */
  now(of: StreamOfOwner): Promise<number | undefined>;
  /** Whether the stream belonged to the owner after this version. */
  at(of: StreamOfOwner, version: number): Promise<boolean>;
  /** Whether the stream belonged to the owner after each of these events, which follow each other in either order. */
  throughout(of: StreamOfOwner, events: readonly Recorded[]): Promise<boolean>;
}

/**
 * Asks deciders whose a stream is. `now` reads strongly, and costs what loading the stream for a command costs.
 * @throws (`now`) InvalidEvent or NewerRelease if an event cannot be read and the stream was the owner's before it. To others the stream
 * then does not exist: an error would tell that it does.
 */
export const streamOwnership = (eventStore: Pick<EventStore, 'load' | 'past'>): StreamOwnership => {
  const now: StreamOwnership['now'] = async ({ decider, stream, owner }) => {
    const folding = foldingOf(decider);
    let known: StateOf<AnyDecider> = decider.initialState();
    const evolve: typeof folding.evolve = (state, commit) => {
      known = state;
      return folding.evolve(state, commit);
    };
    try {
      const { state, tail } = await eventStore.load(stream, { ...folding, evolve }, 'strong');
      return tail.version > 0 && owns(decider, state, owner) ? tail.version : undefined;
    } catch (error) {
      const isUnreadable = error instanceof InvalidEvent || error instanceof NewerRelease;
      if (isUnreadable && !owns(decider, known, owner)) return undefined;
      throw error;
    }
  };
  const stateAt = async ({ decider, stream }: StreamOfOwner, version: number): Promise<StateOf<AnyDecider>> =>
    (await eventStore.past(stream, foldingOf(decider), { version })).state;
  return {
    now,
    at: async (of, version) => version > 0 && owns(of.decider, await stateAt(of, version), of.owner),
    throughout: async (of, events) => {
      const inOrder = events.toSorted((one, other) => one.metadata.version - other.metadata.version);
      const [first] = inOrder;
      if (first === undefined) return true;
      let state = await stateAt(of, first.metadata.version - 1);
      return inOrder.every((event) => {
        state = fold(of.decider, [event as EventOf<AnyDecider>], state);
        return owns(of.decider, state, of.owner);
      });
    },
  };
};

const owns = (decider: AnyDecider, state: StateOf<AnyDecider>, owner: string): boolean => decider.owner?.(state) === owner;
