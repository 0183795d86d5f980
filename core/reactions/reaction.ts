import type * as z from 'zod';
import type { Metadata } from '../basics/messages.ts';
import type { Commands } from '../processes/command-to.ts';
import type { AnyDecider } from '../write/decider.ts';

/**
 * What happens next: events of one aggregate cause commands to any aggregates, and nothing is undone. Use a saga where steps wait for each
 * other, or where something has to be undone.
 *
 * - Each command is sent at least once, soon after its event, with one id (`reaction:award-points/booking-42@7/0`), so it acts once.
 * - Commands come in no order, also those of two events of one stream. The aggregate that receives them decides what that means.
 * - A command that the aggregate refuses is parked: `npm run es -- processes` lists it, and an operator sends it again or gives it up. The
 *   other commands of the event are not held up.
 * - Events older than 30 days cause no command: they were imported, or a process acted on them long ago.
 */
export interface Reaction<D extends AnyDecider, T extends readonly AnyDecider[]> {
  /** Named for what it does, in kebab-case. It is part of the commands' ids, so it must not change. */
  readonly name: string;
  /** The aggregate whose events cause commands. */
  readonly of: D;
  /** The aggregates that receive commands. */
  readonly to: T;
  /** A row for each event type that causes commands: one, a list of them, or `null` for none. */
  readonly on: {
    readonly [E in keyof D['events'] & string]?: (data: z.output<D['events'][E]>, metadata: Metadata) => Commands<T[number]>;
  };
}

/**
 * Defines a reaction: one row for each event that causes commands. The types come from the aggregates. A command to an aggregate that
 * `to` does not name does not compile.
 *
 * @example
 * export const loyalty = defineReaction({
 *   name: 'award-points',
 *   of: booking,
 *   to: [guest],
 *   on: {
 *     StayEnded: ({ guestId, nights }, { id }) =>
 *       commandTo(guest, { id: guestId, type: 'AwardPoints', data: { bookingId: id, points: nights * 10 } }),
 *   },
 * });
 */
export const defineReaction = <const D extends AnyDecider, const T extends readonly AnyDecider[]>(
  reaction: Reaction<D, T>,
): Reaction<D, T> => reaction;

/** A reaction without its type parameters, for code that works with any reaction. */
export interface AnyReaction {
  readonly name: string;
  readonly of: AnyDecider;
  readonly to: readonly AnyDecider[];
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly on: Readonly<Record<string, ((data: any, metadata: Metadata) => Commands<AnyDecider>) | undefined>>;
}
