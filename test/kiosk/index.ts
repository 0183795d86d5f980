import { commandTo, defineDecider, defineDomain, defineWebhook, ed25519, ensure, github, hmac, stripe } from 'foldstream';
import * as z from 'zod';

// A service that providers tell things: a bank that money has come in. A command that pays adds each time, so that a doubled one shows.

const tabEvents = { PaidIn: z.object({ cents: z.int() }), TabClosed: z.object({}), TabOpened: z.object({}) };

type Tab = { readonly cents: number; readonly isClosed: boolean };

export const tab = defineDecider({
  name: 'tab',
  commands: { PayIn: z.object({ cents: z.int().positive() }), CloseTab: z.object({}), OpenTab: z.object({}) },
  events: tabEvents,
  initialState: (): Tab => ({ cents: 0, isClosed: false }),
  decide: {
    PayIn: (data, { isClosed }) => {
      ensure(!isClosed, 'TabClosed');
      return [{ type: 'PaidIn', data }];
    },
    CloseTab: () => [{ type: 'TabClosed', data: {} }],
    OpenTab: () => [{ type: 'TabOpened', data: {} }],
  },
  evolve: {
    PaidIn: (tab, { cents }) => ({ ...tab, cents: tab.cents + cents }),
    TabClosed: (tab) => ({ ...tab, isClosed: true }),
    TabOpened: (tab) => ({ ...tab, isClosed: false }),
  },
});

const payIn = (id: string, cents: number) => commandTo(tab, { id, type: 'PayIn', data: { cents } });

/** Signs as Stripe does, and says when an event happened. */
export const bank = defineWebhook({
  name: 'bank',
  verifies: stripe(),
  envelope: z.object({ id: z.string(), type: z.string(), created: z.int() }),
  id: ({ id }) => id,
  type: ({ type }) => type,
  happenedAt: ({ created }) => new Date(created * 1000),
  to: [tab],
  events: {
    'money.received': {
      schema: z.object({ data: z.object({ tab: z.string(), cents: z.int(), friend: z.string().optional() }) }),
      commands: ({ data: { tab, cents, friend } }) => {
        if (cents > 1_000_000) throw new Error('nobody pays that much');
        return cents === 0 ? null : [payIn(tab, cents), ...(friend === undefined ? [] : [payIn(friend, 1)])];
      },
    },
  },
});

/** Signs its body and nothing else, which has no id. */
export const hub = defineWebhook({
  name: 'hub',
  verifies: github(),
  envelope: z.object({ action: z.string() }),
  id: 'digest',
  type: ({ action }) => action,
  to: [tab],
  events: {
    opened: { schema: z.object({ issue: z.object({ number: z.int() }) }), commands: ({ issue }) => payIn(`issue${issue.number}`, 1) },
  },
});

/** Signs its id and its time, which are headers, for several tenants. */
export const post = defineWebhook({
  name: 'post',
  verifies: hmac({
    header: 'x-post-signature',
    encoding: 'base64',
    algorithm: 'sha512',
    signs: '{x-post-id}.{x-post-time}.{body}',
    timestamp: { header: 'x-post-time', unit: 'milliseconds', toleranceSeconds: 60 },
  }),
  envelope: z.object({ tenant: z.string().optional() }),
  id: (_, headers) => headers['x-post-id'] ?? '',
  type: () => 'letter',
  tenant: ({ tenant }) => tenant,
  to: [tab],
  events: { letter: { schema: z.object({ tab: z.string() }), commands: ({ tab }) => payIn(tab, 2) } },
});

/** Signs with a private key. */
export const bot = defineWebhook({
  name: 'bot',
  verifies: ed25519(),
  envelope: z.object({ id: z.string() }),
  id: ({ id }) => id,
  type: () => 'ping',
  to: [tab],
  events: { ping: { schema: z.object({ tab: z.string() }), commands: ({ tab }) => payIn(tab, 3) } },
});

export const domain = defineDomain({ deciders: [tab], projections: [], webhooks: [bank, hub, post, bot] });
