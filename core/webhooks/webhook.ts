import type * as z from 'zod';
import type { Catalogue } from '../basics/messages.ts';
import type { Commands } from '../processes/command-to.ts';
import { processName } from '../processes/kinds.ts';
import type { AnyDecider } from '../write/decider.ts';
import type { Signature, SignedHeaders } from './signatures.ts';

/**
 * What a provider tells the service: it posts to `/webhooks/{name}` in its own shape, and each of its events causes commands.
 *
 * - A delivery that is not signed, or too old, is answered 401. A malformed one is answered 400. Both record nothing.
 * - Providers deliver an event until they get a 2xx, late and repeatedly. Each command has one id (`webhook:bank/evt_1/0`), so it acts once.
 * - Events come in no order. The aggregate that receives the commands decides what that means.
 * - A command that the aggregate refuses is parked, and the provider gets 200: `npm run es -- processes` lists it, and an operator sends it
 *   again or gives it up.
 * - An event of a type without a row is answered 200, and counted.
 */
export interface Webhook<E extends z.ZodType, S extends Catalogue, T extends readonly AnyDecider[]> {
  /** The provider's name, in kebab-case. It is in the URL and in the commands' ids, so it must not change. */
  readonly name: string;
  /** How the provider signs. */
  readonly verifies: Signature;
  /** What every body has, whatever its type. */
  readonly envelope: E;
  /**
   * The event's id: the same in each delivery of an event, and in no other event. It comes from what is signed. `'digest'` stands for the
   * SHA-256 of the body, for a provider that signs no id.
   */
  readonly id: 'digest' | ((envelope: z.output<E>, headers: SignedHeaders) => string);
  /** The event's type: a key of `events`, or another text. */
  readonly type: (envelope: z.output<E>, headers: SignedHeaders) => string;
  /**
   * When the event happened, before its first delivery. Earlier deliveries are looked for in the log back to then. Without it the look goes
   * back 30 days, which costs reads if the stream has had more than 64 commits in that time.
   */
  readonly happenedAt?: (envelope: z.output<E>, headers: SignedHeaders) => Date;
  /** The tenant whose aggregates receive the commands, in a service with tenants. */
  readonly tenant?: (envelope: z.output<E>, headers: SignedHeaders) => string | undefined;
  /** The aggregates that receive commands. */
  readonly to: T;
  /** A row for each type of event that causes commands. */
  readonly events: {
    readonly [N in keyof S]: {
      /** The body of such an event. */
      readonly schema: S[N];
      /** One command, a list of them, or `null` for none. */
      readonly commands: (body: z.output<S[N]>, delivery: Delivery) => Commands<T[number]>;
    };
  };
}

/** What a row knows of a delivery beside its body: the same in each delivery of an event. */
export interface Delivery {
  readonly id: string;
  readonly headers: SignedHeaders;
}

/**
 * Defines a webhook: a route that a provider posts to, with one row for each type of event that causes commands. A command to an aggregate
 * that `to` does not name does not compile.
 *
 * @example
 * export const bank = defineWebhook({
 *   name: 'bank',
 *   verifies: stripe(),
 *   envelope: z.object({ id: z.string(), type: z.string(), created: z.int() }),
 *   id: ({ id }) => id,
 *   type: ({ type }) => type,
 *   happenedAt: ({ created }) => new Date(created * 1000),
 *   to: [payment],
 *   events: {
 *     'payment.succeeded': {
 *       schema: z.object({ data: z.object({ reference: z.string() }) }),
 *       commands: ({ data }) => commandTo(payment, { id: data.reference, type: 'ReceivePayment', data: {} }),
 *     },
 *   },
 * });
 */
export const defineWebhook = <E extends z.ZodType, S extends Catalogue, const T extends readonly AnyDecider[]>(
  webhook: Webhook<E, S, T>,
): Webhook<E, S, T> => webhook;

/** A webhook without its type parameters, for code that works with any webhook. */
export interface AnyWebhook {
  readonly name: string;
  readonly verifies: Signature;
  readonly envelope: z.ZodType;
  // biome-ignore-start lint/suspicious/noExplicitAny: as in AnyDecider.
  readonly id: 'digest' | ((envelope: any, headers: SignedHeaders) => string);
  readonly type: (envelope: any, headers: SignedHeaders) => string;
  readonly happenedAt?: (envelope: any, headers: SignedHeaders) => Date;
  readonly tenant?: (envelope: any, headers: SignedHeaders) => string | undefined;
  readonly to: readonly AnyDecider[];
  readonly events: Readonly<Record<string, AnyWebhookRow>>;
}

interface AnyWebhookRow {
  readonly schema: z.ZodType;
  readonly commands: (body: any, delivery: Delivery) => Commands<AnyDecider>;
  // biome-ignore-end lint/suspicious/noExplicitAny: as in AnyDecider.
}

/** The webhook of this name, or undefined. */
export const webhookNamed = (webhooks: readonly AnyWebhook[], name: string): AnyWebhook | undefined =>
  webhooks.find((one) => one.name === name);

/** The process that sends a webhook's commands: `webhook:bank`. */
export const processOf = ({ name }: Pick<AnyWebhook, 'name'>): string => processName('webhook', name);
