import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod';
import type { Catalogue } from '../core/basics/messages.ts';
import { parse, rowOf } from '../core/basics/messages.ts';
import type { InboxEvent } from '../core/inboxes/format.ts';
import type { AnyInbox, Inbox } from '../core/inboxes/inbox.ts';
import { commandsOf } from '../core/inboxes/receiving.ts';
import type { CommandTo } from '../core/processes/command-to.ts';
import { recordedAt } from '../core/testing/commits.ts';
import { freeze } from '../core/testing/freeze.ts';
import type { AnyDecider } from '../core/write/decider.ts';

/** A row of `inboxScenarios`: a message, or an event as the inbox reads it, and the commands that it causes, in their order. */
export type InboxScenario<R extends Catalogue> = { readonly then: readonly CommandTo[] } & (
  | {
      /** The body of the message, as the sender sends it: JSON, or a text. */
      readonly message: object | string;
      /** What is sent beside the body. */
      readonly attributes?: Readonly<Record<string, string>>;
    }
  | {
      /** An event with the data that its sender sends. Its source, id and time may matter to the row. */
      readonly given: {
        [E in keyof R & string]: { readonly type: E; readonly data: z.input<R[E]>; readonly event?: Partial<Omit<InboxEvent, 'type'>> };
      }[keyof R & string];
    }
);

/**
 * Runs each row through the inbox. What the rows of `on` are handed is frozen. All scenarios are held to the laws of inboxes: each event type
 * with a row is given at least once, a message is read in the format of the inbox, and every command fits its schema and goes to an aggregate
 * that `to` names.
 *
 * @example
 * inboxScenarios(orders, {
 *   'a placed order asks for its payment': {
 *     given: { type: 'OrderPlaced.v1', data: { orderId: '42', totalCents: 900 } },
 *     then: [commandTo(payment, { id: '42', type: 'RequestPayment', data: { amountCents: 900 } })],
 *   },
 * });
 */
export const inboxScenarios = <T extends readonly AnyDecider[], R extends Catalogue>(
  inbox: Inbox<T, R>,
  table: Readonly<Record<string, InboxScenario<R>>>,
): void => {
  const any = inbox as unknown as AnyInbox;
  const all = Object.entries(table as unknown as Readonly<Record<string, InboxScenario<Catalogue>>>);

  describe(`${inbox.name}:`, () => {
    for (const [title, scenario] of all) test(title, () => expect(causedBy(any, scenario)).toEqual(scenario.then.map(inWords)));
  });

  describe(`${inbox.name} obeys the laws:`, () => {
    test('every event type with a row is given', () => {
      const given = new Set(all.map(([, scenario]) => readBy(any, scenario).event.type));
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

const readBy = ({ format }: AnyInbox, scenario: InboxScenario<Catalogue>) => {
  if ('given' in scenario) {
    const { type, data, event = {} } = scenario.given;
    return { event: { source: 'sender', id: '1', time: recordedAt(1), extensions: {}, ...event, type }, data };
  }
  const { message, attributes = {} } = scenario;
  return format.read({ body: typeof message === 'string' ? message : JSON.stringify(message), attributes, sentAt: recordedAt(1) });
};

const causedBy = (inbox: AnyInbox, scenario: InboxScenario<Catalogue>) => {
  const { event, data } = readBy(inbox, scenario);
  // Data are frozen as their schema reads them, because the schema makes new ones.
  const frozen: AnyInbox = {
    ...inbox,
    on: { ...inbox.on, [event.type]: (read, of) => inbox.on[event.type]?.(freeze(read), freeze(of)) ?? null },
  };
  return commandsOf(rowOf(inbox.on, event.type) === undefined ? inbox : frozen, { event, data }).map(inWords);
};
