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

/** The events of a commit. @throws Poison, naming the commit's first event, if the commit is damaged. */
export const readable = (commit: Commit): readonly Recorded[] => {
  try {
    return recorded(commit);
  } catch (error) {
    throw new Poison(eventId(commit.stream, commit.version), error);
  }
};

/**
 * Runs a projection's own code for an event. @throws Poison, naming the event, for every error in that code: such an error parks the
 * stream, while errors of the network are retried.
 */
export const guarded = <T>({ metadata }: Recorded, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw new Poison(metadata.eventId, error);
  }
};
