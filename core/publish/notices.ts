import * as z from 'zod';
import type { Catalogue, Metadata } from '../basics/messages.ts';
import { typesStored } from '../log/former.ts';
import type { AnyPublication } from './publication.ts';

// A notice tells the service's own processes (sagas, calls) that the log has an event. It carries no data: the process reads the event
// from the log.

/**
 * The type of the notice of an event: `OrderPlaced.v1`. Its name is the one in the log: the rules of the release before know it, while a
 * deployment is under way and after a rollback.
 */
export const noticeOf = (type: string): string => `${type}.v1`;

/** The types of the notices of events of these types, also of stored events that are such events by now. */
export const noticesIn = (events: Catalogue, types: readonly string[]): readonly string[] => typesStored(events, types).map(noticeOf);

export interface Notices {
  /** The publication's name: the `source` of the notices on the bus. */
  readonly name: string;
  /** The schemas of the events, by type. */
  readonly events: Catalogue;
  /** The event types that the process listens to. */
  readonly types: readonly string[];
  /** Whether the process listens to this event. Without it the process listens to every event of `types`. */
  readonly isTold?: (type: string, data: unknown, metadata: Metadata) => boolean;
}

/** A publication of notices for one of the service's own processes. */
export const noticesFor = ({ name, events, types, isTold = () => true }: Notices): AnyPublication => {
  const row = (type: string) => (data: unknown, metadata: Metadata, stored?: string) =>
    isTold(type, data, metadata) ? { type: noticeOf(stored ?? type), data: {} } : null;
  return {
    name,
    events,
    publishes: Object.fromEntries(typesStored(events, types).map((type) => [noticeOf(type), z.object({})])),
    map: Object.fromEntries(types.map((type) => [type, row(type)])),
  };
};
