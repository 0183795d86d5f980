import { NotFound } from '../basics/errors.ts';
import type { Catalogue, Recorded } from '../basics/messages.ts';
import { parseToken } from '../basics/stream.ts';
import { type EventStore, lastVersion, recorded } from './event-store.ts';
import { restored } from './stored-events.ts';

/** What finding an event needs. */
export interface FindEventPorts {
  readonly eventStore: Pick<EventStore, 'read'>;
  /** The schemas of an aggregate's events. @throws NotFound (`UnknownAggregate`). */
  readonly eventsOf: (aggregate: string) => Catalogue;
}

/** The event of this id, `order-42@1`, from the log, lifted to today's schema. @throws NotFound where the log has no such event. */
export const findEvent =
  ({ eventStore, eventsOf }: FindEventPorts) =>
  async (id: string): Promise<Recorded> => {
    const { stream, version } = parseToken(id);
    const { commits } = await eventStore.read(stream, { from: version, limit: 1 });
    const commit = commits.find((one) => one.version <= version && version <= lastVersion(one));
    const event = commit && recorded(commit)[version - commit.version];
    if (commit === undefined || event === undefined) throw new NotFound('NotFound', `the log has no event ${id}`);
    return restored(eventsOf(stream.aggregate), event, commit);
  };
