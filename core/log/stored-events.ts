import type * as z from 'zod';
import { InvalidEvent } from '../basics/errors.ts';
import { type Catalogue, type Message, type MessageOf, parseMessage, type Recorded, rowOf } from '../basics/messages.ts';
import { partId } from '../basics/stream.ts';
import { type Commit, recorded, type StoredEvent } from './event-store.ts';
import { lift } from './former.ts';
import { unknownSeal } from './newer-release.ts';
import { downcast, writtenVersion } from './upcasting.ts';

/**
 * Checks a new event, removes the fields that its schema does not name, and replaces -0 by 0. JSON has no -0, so the state that is folded
 * now and the state that is folded from the log would differ. @throws InvalidEvent, naming `where`, the type and the fields.
 */
export const checkEvent = <C extends Catalogue>(catalogue: C, event: Message, where: string): MessageOf<C> => {
  const checked = fittingEvent(catalogue, event, where);
  return { ...checked, data: asJson(checked.data) };
};

const asJson = <D>(data: D): D => (hasNegativeZero(data) ? (withoutNegativeZero(data) as D) : data);

const deepest = 500; // A deeper value may contain itself. The store refuses it.

const hasNegativeZero = (value: unknown, depth = 0): boolean => {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0);
  return depth < deepest && isListOrPlain(value) && Object.values(value).some((part) => hasNegativeZero(part, depth + 1));
};

const withoutNegativeZero = (value: unknown, depth = 0): unknown => {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  if (depth === deepest || !isListOrPlain(value)) return value;
  if (Array.isArray(value)) return value.map((part) => withoutNegativeZero(part, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutNegativeZero(part, depth + 1)]));
};

/** Of any realm. The store refuses an instance of a class. */
const isListOrPlain = (value: object): boolean => Array.isArray(value) || Object.getPrototypeOf(Object.getPrototypeOf(value)) === null;

const fittingEvent = <C extends Catalogue>(catalogue: C, event: Message, where: string): MessageOf<C> => {
  try {
    return parseMessage(catalogue, event);
  } catch (error) {
    throw new InvalidEvent(`${where}: ${event.type} does not fit its schema: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
};

/**
 * Events of the domain in their stored form, each with the schema version in which this code records it. @throws InvalidEvent if that version
 * has no place for the event's data.
 */
export const toStored = (catalogue: Catalogue, events: readonly Message[]): StoredEvent[] =>
  events.map((event) => {
    const schema = rowOf(catalogue, event.type) as z.ZodType;
    return { type: event.type, schema: writtenVersion(schema), data: asJson(downcast(schema, event, 'a new event')) };
  });

/** The events of a stored commit, lifted to today's and checked again. @throws InvalidEvent or NewerRelease, naming the event. */
export const fromStored = <C extends Catalogue>(catalogue: C, commit: Commit): Recorded<MessageOf<C>>[] =>
  recorded(commit).flatMap((event) => restored(catalogue, event, commit));

/** The events of today that one recorded event of a commit is: one; several parts; or none. @throws InvalidEvent; NewerRelease. */
export const restored = <C extends Catalogue>(catalogue: C, event: Recorded, commit: Commit): readonly Recorded<MessageOf<C>>[] =>
  partsOf(catalogue, event, commit).map(({ part }) => part);

/** Those of them that act: listeners hear of them, and processes begin and go on with them (`othersAct` of `withFormer`). */
export const acting = <C extends Catalogue>(catalogue: C, event: Recorded, commit: Commit): readonly Recorded<MessageOf<C>>[] =>
  partsOf(catalogue, event, commit).flatMap(({ part, acts }) => (acts ? [part] : []));

/** All parts of a stored event have its metadata. After the first part, the id has the place of the part as well. */
const partsOf = <C extends Catalogue>(catalogue: C, { data, metadata }: Recorded, commit: Commit) => {
  const where = metadata.eventId;
  if (commit.sealed !== undefined) throw unknownSeal(where, commit.sealed);
  const stored = commit.events[metadata.version - commit.version] as StoredEvent;
  return lift(catalogue, { ...stored, data }, where).map((lifted) => ({
    part: {
      ...fittingEvent(catalogue, { type: lifted.type, data: lifted.data }, where),
      metadata: lifted.places.length === 0 ? metadata : { ...metadata, eventId: partId(where, lifted.places) },
    },
    acts: lifted.acts,
  }));
};
