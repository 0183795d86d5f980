import type { Recorded } from '../basics/messages.ts';
import { eventId } from '../basics/stream.ts';
import { type Commit, recorded } from './event-store.ts';

/** An event that a projection cannot apply. */
export class Poison extends Error {
  override readonly name = 'Poison';
  readonly eventId: string;
  constructor(eventId: string, cause: unknown) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause });
    this.eventId = eventId;
  }
}

/** The events of a commit; one that is damaged is its first event's fault. @throws Poison. */
export const readable = (commit: Commit): readonly Recorded[] => {
  try {
    return recorded(commit);
  } catch (error) {
    throw new Poison(eventId(commit.stream, commit.version), error);
  }
};

/** Whatever goes wrong in the projection's own code is the event's fault, and not that of the network. */
export const guarded = <T>({ metadata }: Recorded, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw new Poison(metadata.eventId, error);
  }
};
