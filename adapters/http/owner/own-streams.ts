import { NotFound } from '../../../core/basics/errors.ts';
import type { Recorded } from '../../../core/basics/messages.ts';
import { type Address, streamName } from '../../../core/basics/stream.ts';
import type { EventStore } from '../../../core/log/event-store.ts';
import type { AnyDecider } from '../../../core/write/decider.ts';
import { streamOwnership } from '../../../core/write/stream-owner.ts';

/** A stream, and the caller who asks for it. Without `owner` the caller may read every stream of the aggregate. */
export interface AskedStream {
  readonly decider: AnyDecider;
  readonly stream: Address;
  readonly owner: string | undefined;
}

/** Passes a request for a stream only if the caller may read it. */
export interface OwnStreams {
  /** Whether the caller may read the stream: it is the caller's now. */
  isOpen(asked: AskedStream): Promise<boolean>;
  /** Whether the stream was the caller's at this version, too. */
  isOpenAt(asked: AskedStream, version: number): Promise<boolean>;
  /** @throws NotFound if the stream is not the caller's now, or does not exist. */
  demand(asked: AskedStream): Promise<void>;
  /** @throws NotFound if the stream is another's in this state. */
  demandState(asked: AskedStream, state: unknown): void;
  /** @throws NotFound if the stream was another's after one of these events. */
  demandThroughout(asked: AskedStream, events: readonly Recorded[]): Promise<void>;
}

export const ownStreams = (eventStore: Pick<EventStore, 'load' | 'past'>): OwnStreams => {
  const ownership = streamOwnership(eventStore);
  const isOpen: OwnStreams['isOpen'] = async ({ owner, ...of }) =>
    owner === undefined || (await ownership.now({ ...of, owner })) !== undefined;
  return {
    isOpen,
    isOpenAt: async ({ owner, ...of }, version) => owner === undefined || ownership.at({ ...of, owner }, version),
    demand: async (asked) => {
      if (!(await isOpen(asked))) throw unknown(asked);
    },
    demandState: (asked, state) => {
      if (asked.owner !== undefined && asked.decider.owner?.(state) !== asked.owner) throw unknown(asked);
    },
    demandThroughout: async ({ owner, ...of }, events) => {
      if (owner !== undefined && !(await ownership.throughout({ ...of, owner }, events))) throw unknown(of);
    },
  };
};

/** The same for another's stream, for one that was another's, and for one that does not exist. */
const unknown = ({ stream }: Pick<AskedStream, 'stream'>): NotFound => new NotFound('NotFound', `${streamName(stream)} has no events`);
