import { type Details, type Needs, NewerRelease } from '../basics/errors.ts';
import { eventId } from '../basics/stream.ts';
import type { Commit } from './event-store.ts';
import { Poison } from './poison.ts';

/** Whether this code knows an event type in a schema version, or a format of sealed values. */
export type Knows = (needs: Needs) => boolean;

/** What a caller is told. (`type` is a field of every problem document.) */
export const detailsOf = (event: string, needs: Needs): Details =>
  'type' in needs ? { event, eventType: needs.type, schema: needs.schema } : { event, ...needs };

/** The error for an event of a type or a schema version that this code does not know. */
export const unknownEvent = (event: string, needs: Extract<Needs, { readonly type: string }>, known?: number): NewerRelease => {
  const { type, schema } = needs;
  const what = known === undefined ? `no event '${type}'` : `${type} up to schema version ${known}, and this is version ${schema}`;
  const details = { ...detailsOf(event, needs), ...(known === undefined ? {} : { known }) };
  return new NewerRelease(`${event}: this release knows ${what}: a newer release wrote it`, details, needs);
};

/** The error for a commit with sealed values. This code knows no format of them. */
export const unknownSeal = (event: string, sealed: number): NewerRelease =>
  new NewerRelease(`${event}: its values are sealed in format ${sealed}, which this release cannot open`, detailsOf(event, { sealed }), {
    sealed,
  });

/**
 * Checks that this code knows every event of a commit, also the events that the reader has no row for: a newer release may have the row.
 * @throws Poison, naming the event, whose cause is a NewerRelease.
 */
export const demandKnown = (commit: Commit, knows: Knows | undefined): void => {
  if (knows === undefined || commit.damage !== undefined) return;
  const { stream, version, sealed, events } = commit;
  const first = eventId(stream, version);
  if (sealed !== undefined && !knows({ sealed })) throw new Poison(first, unknownSeal(first, sealed));
  for (const [index, { type, schema }] of events.entries()) {
    if (knows({ type, schema })) continue;
    const id = eventId(stream, version + index);
    throw new Poison(id, unknownEvent(id, { type, schema }));
  }
};

/** What a reader must know to read an event, if an error says that a newer release wrote the event. */
export const needsOf = (error: unknown): Needs | undefined => newerIn(error)?.needs;

/** The error that says so, itself or as the cause of a Poison. */
export const newerIn = (error: unknown): NewerRelease | undefined => {
  const cause = error instanceof Poison ? error.cause : error;
  return cause instanceof NewerRelease ? cause : undefined;
};
