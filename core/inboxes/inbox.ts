import type * as z from 'zod';
import type { Catalogue } from '../basics/messages.ts';
import type { Commands } from '../processes/command-to.ts';
import { noticeSourceOf } from '../processes/kinds.ts';
import type { AnyDecider } from '../write/decider.ts';
import type { Format, InboxEvent } from './format.ts';

/** Where the messages of an inbox come from: a rule on an event bus, or a queue that others send to. */
export type Source = { readonly kind: 'bus'; readonly sources: readonly string[] } | { readonly kind: 'queue' };

/**
 * Events of a bus of EventBridge, by their `source`. The stack makes a bus for the inbox, which other accounts send to; the setting
 * `inboxBuses` names a bus of this account that exists.
 *
 * @example
 * const from = eventBus({ sources: ['shop.orders'] });
 */
export const eventBus = ({ sources }: { readonly sources: readonly string[] }): Source => ({ kind: 'bus', sources });

/** A queue that the stack makes and others send to. The setting `inboxAccounts` names further accounts that may. */
export const queue = (): Source => ({ kind: 'queue' });

/**
 * Events of another bus, account or queue cause commands to any aggregates.
 *
 * - Each event acts once, however often it is delivered: the ids of its commands are made of its source and its id.
 * - Events come in no order. The aggregate that receives a command decides what that means.
 * - What does not fit its schema, is no event at all, or causes a command that is refused, is parked with the message: `npm run es --
 *   processes` lists it, and an operator has it tried again or gives it up. It holds up nothing else.
 */
export interface Inbox<T extends readonly AnyDecider[], R extends Catalogue> {
  /** Named for who sends, in kebab-case. It is part of the commands' ids, so it must not change. */
  readonly name: string;
  readonly from: Source;
  /** How a message says its source, id, type, time and data. */
  readonly format: Format;
  /** The aggregates that receive commands. */
  readonly to: T;
  /** The schemas of the data that are read, by event type. They name only what this service needs. */
  readonly receives: R;
  /** A row for each event type: one command, a list of them, or `null` for none. */
  readonly on: { readonly [E in keyof R & string]: (data: z.output<R[E]>, event: InboxEvent) => Commands<T[number]> };
  /** What becomes of an event of another type: it is counted and dropped (the default), or parked. */
  readonly unknown?: 'drop' | 'park';
  /** In a service with tenants: whose it is. The sender is trusted to say it, if it is read from the event. */
  readonly tenant?: (event: InboxEvent) => string;
}

/**
 * Defines an inbox: a schema and a row for each event type that others send. A command to an aggregate that `to` does not name does not
 * compile.
 *
 * @example
 * export const orders = defineInbox({
 *   name: 'orders',
 *   from: eventBus({ sources: ['shop.orders'] }),
 *   format: cloudEvents(),
 *   to: [payment],
 *   receives: { 'OrderPlaced.v1': z.object({ orderId: z.string(), totalCents: z.int() }) },
 *   on: {
 *     'OrderPlaced.v1': ({ orderId, totalCents }) =>
 *       commandTo(payment, { id: orderId, type: 'RequestPayment', data: { amountCents: totalCents } }),
 *   },
 * });
 */
export const defineInbox = <const T extends readonly AnyDecider[], const R extends Catalogue>(inbox: Inbox<T, R>): Inbox<T, R> => inbox;

/** An inbox without its type parameters, for code that works with any inbox. */
export interface AnyInbox {
  readonly name: string;
  readonly from: Source;
  readonly format: Format;
  readonly to: readonly AnyDecider[];
  readonly receives: Catalogue;
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly on: Readonly<Record<string, (data: any, event: InboxEvent) => Commands<AnyDecider>>>;
  readonly unknown?: 'drop' | 'park';
  readonly tenant?: (event: InboxEvent) => string;
}

/** The source of the notices for the service's own inboxes on its bus: what operators have tried again. */
export const inboxPublicationName = noticeSourceOf('inbox:');
