import { NotFound } from '../basics/errors.ts';
import type { Catalogue, Recorded } from '../basics/messages.ts';
import { eventId, parseEventId } from '../basics/stream.ts';
import { type EventStore, lastVersion, recorded } from './event-store.ts';
import { restored } from './stored-events.ts';

export interface FindEventPorts {
  readonly eventStore: Pick<EventStore, 'read'>;
  /** The schemas of an aggregate's events. @throws NotFound (`UnknownAggregate`). */
  readonly eventsOf: (aggregate: string) => Catalogue;
}

/**
 * Reads the event with this id (`order-42@1`, or `order-42@1.2` of a part) from the log and lifts it to today's form.
 * @throws EventDropped if this release has dropped it; NotFound if the log has no such event; Invalid (`InvalidRequest`, `InvalidId`) for another form of id.
 */
export const findEvent =
  ({ eventStore, eventsOf }: FindEventPorts) =>
  async (id: string): Promise<Recorded> => {
    const { stream, version } = parseEventId(id);
    const { commits } = await eventStore.read(stream, { from: version, limit: 1 });
    const commit = commits.find((one) => one.version <= version && version <= lastVersion(one));
    const event = commit && recorded(commit)[version - commit.version];
    if (commit === undefined || event === undefined) throw new NotFound('NotFound', `the log has no event ${id}`);
    const ownId = eventId(stream, version);
    const parts = restored(eventsOf(stream.aggregate), event, commit);
    const found = parts.find(({ metadata }) => metadata.eventId === event.metadata.eventId + id.slice(ownId.length));
    if (found !== undefined) return found;
    throw id === ownId
      ? new EventDropped('NotFound', `${id} is no event of this release, which drops it`)
      : new NotFound('NotFound', `the log has no event ${id}`);
  };

/** The event is in the log, and a row of `withFormer` drops it. */
export class EventDropped extends NotFound {}

/** An event that was found; undefined if this release has dropped it. A notice of it may be under way, and it causes nothing any more. */
export const unlessDropped = async (found: Promise<Recorded>): Promise<Recorded | undefined> => {
  try {
    return await found;
  } catch (error) {
    if (error instanceof EventDropped) return undefined;
    throw error;
  }
};
