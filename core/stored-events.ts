import { InvalidEvent } from './errors.ts';
import { type Commit, recorded, type StoredEvent } from './event-store.ts';
import { type Catalogue, type Message, type MessageOf, parseMessage, type Recorded } from './messages.ts';

// Every stored event says which version of its schema wrote it; this is the version that this code writes.
const currentSchema = 1;

/** An event that fits its schema, stripped of what the schema does not name. @throws InvalidEvent, naming `where`, the type and the fields. */
export const checkEvent = <C extends Catalogue>(catalogue: C, event: Message, where: string): MessageOf<C> => {
  try {
    return parseMessage(catalogue, event);
  } catch (error) {
    throw new InvalidEvent(`${where}: ${event.type} does not fit its schema`, { cause: error });
  }
};

/** From the domain to the store. */
export const toStored = (events: readonly Message[]): StoredEvent[] =>
  events.map(({ type, data }) => ({ type, schema: currentSchema, data }));

/**
 * From the store to the domain: the recorded events of a commit, of the wanted types, checked again.
 * @throws InvalidEvent, naming the event.
 */
export const fromStored = <C extends Catalogue>(
  catalogue: C,
  commit: Commit,
  isWanted: (type: string) => boolean = () => true,
): Recorded<MessageOf<C>>[] =>
  recorded(commit).flatMap((event, index) => {
    if (!isWanted(event.type)) return [];
    const schema = commit.events[index]?.schema;
    if (schema !== currentSchema)
      throw new InvalidEvent(`${event.metadata.eventId}: ${event.type} has schema ${schema}, this code reads ${currentSchema}`);
    return [{ ...checkEvent(catalogue, event, event.metadata.eventId), metadata: event.metadata }];
  });
