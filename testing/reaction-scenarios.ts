import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod';
import type { Catalogue, MessageOf, Metadata } from '../core/basics/messages.ts';
import { parse, rowOf } from '../core/basics/messages.ts';
import type { CommandTo } from '../core/processes/command-to.ts';
import { commandsOf } from '../core/reactions/reacting.ts';
import type { AnyReaction, Reaction } from '../core/reactions/reaction.ts';
import { recordedAt } from '../core/testing/commits.ts';
import { freeze } from '../core/testing/freeze.ts';
import type { AnyDecider } from '../core/write/decider.ts';

/** A row of `reactionScenarios`: an event, and the commands that it causes, in their order. */
export interface ReactionScenario<E extends Catalogue> {
  /** Its metadata may say what matters, as in `projectionScenarios`. Otherwise it is the first event of the stream with the id `1`. */
  readonly given: MessageOf<E> & {
    readonly metadata?: Partial<Pick<Metadata, 'id' | 'tenant' | 'version' | 'actor' | 'recordedAt' | 'correlationId' | 'causationId'>>;
  };
  readonly then: readonly CommandTo[];
}

/**
 * Runs each row through the reaction. What the rows of `on` are handed is frozen. All scenarios are held to the laws of reactions: each
 * event with a row is given at least once, and every command fits its schema and goes to an aggregate that `to` names.
 *
 * @example
 * reactionScenarios(loyalty, {
 *   'ten points a night': {
 *     given: { type: 'StayEnded', data: { guestId: 'ada', nights: 3 }, metadata: { id: 'b1' } },
 *     then: [commandTo(guest, { id: 'ada', type: 'AwardPoints', data: { bookingId: 'b1', points: 30 } })],
 *   },
 * });
 */
export const reactionScenarios = <D extends AnyDecider, T extends readonly AnyDecider[]>(
  reaction: Reaction<D, T>,
  table: Readonly<Record<string, ReactionScenario<D['events']>>>,
): void => {
  const any = reaction as unknown as AnyReaction;
  const all = Object.entries(table as unknown as Readonly<Record<string, ReactionScenario<Catalogue>>>);

  describe(`${reaction.name}:`, () => {
    for (const [title, { given, then }] of all) test(title, () => expect(caused(any, given)).toEqual(then.map(inWords)));
  });

  describe(`${reaction.name} obeys the laws:`, () => {
    test('every event with a row is given', () => {
      const given = new Set(all.map(([, scenario]) => scenario.given.type));
      expect(Object.keys(any.on).filter((type) => !given.has(type))).toEqual([]);
    });
    test('every command fits its schema', () => {
      for (const { to, sends } of all.flatMap(([, { then }]) => then)) {
        const schema = rowOf<z.ZodType>(to.commands, sends.type);
        expect([`${to.name}.${sends.type}`, schema !== undefined]).toEqual([`${to.name}.${sends.type}`, true]);
        if (schema !== undefined) parse(schema, sends.data, sends.type);
      }
    });
  });
};

/** Without the decider itself, which would fill the message of a failure. */
const inWords = ({ to, sends }: CommandTo) => ({ to: to.name, ...sends });

const caused = (reaction: AnyReaction, { type, data, metadata = {} }: ReactionScenario<Catalogue>['given']) => {
  const { id = '1', version = 1, tenant } = metadata;
  const whole = {
    ...{ aggregate: reaction.of.name, id, version, recordedAt: recordedAt(version) },
    ...{ eventId: `${tenant === undefined ? '' : `${tenant}/`}${reaction.of.name}-${id}@${version}` },
    ...{ commandId: 'command-1', correlationId: 'command-1', causationId: 'command-1' },
  };
  return commandsOf(reaction, freeze({ type, data, metadata: { ...whole, ...metadata } })).map(inWords);
};
