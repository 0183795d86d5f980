import { NotFound } from '../basics/errors.ts';
import type { Catalogue, Recorded } from '../basics/messages.ts';
import { parseToken } from '../basics/stream.ts';
import { type EventStore, lastVersion, recorded } from './event-store.ts';
import { restored } from './stored-events.ts';

export interface FindEventPorts {
  readonly eventStore: Pick<EventStore, 'read'>;
  /** The schemas of an aggregate's events. @throws NotFound (`UnknownAggregate`). */
  readonly eventsOf: (aggregate: string) => Catalogue;
}

/**
 * Reads the event with this id (`order-42@1`) from the log and lifts it to the current schema version.
 * @throws NotFound if the log has no such event; Invalid (`InvalidRequest`, `InvalidId`) for another form of id.
 */
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
