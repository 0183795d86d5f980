import { commandTo, defineWebhook, hmac, signedBy, stripe } from 'foldstream';
import * as z from 'zod';
import { customer } from './domain/customer/decider.ts';
import { guest, stay } from './loyalty/index.ts';

// What must not compile of a webhook says so, and fails where it does. Nothing here runs.

const points = { points: 1 };
const envelope = z.object({ id: z.string(), kind: z.string(), at: z.int() });
const schema = z.object({ guest: z.string(), nights: z.int() });
const posted = { name: 'club', verifies: stripe(), envelope, to: [guest, customer] } as const;
const told = {
  ...posted,
  id: ({ id }: z.output<typeof envelope>) => id,
  type: ({ kind }: z.output<typeof envelope>) => kind,
};

defineWebhook({
  ...posted,
  id: ({ id }) => id,
  type: ({ kind }, headers) => headers['x-kind'] ?? kind,
  happenedAt: ({ at }) => new Date(at),
  tenant: ({ kind }) => (kind === 'all' ? undefined : kind),
  events: {
    'stay.ended': {
      schema,
      commands: ({ guest: id, nights }, { id: event }) =>
        nights === 0 ? null : [commandTo(guest, { id, type: 'AwardPoints', data: { points: nights + event.length } }), leave(id)],
    },
    'guest.left': { schema: z.object({ who: z.string() }), commands: ({ who }) => leave(who) },
  },
});
const leave = (id: string) => commandTo(customer, { id, type: 'RemoveCustomer', data: {} });

// @ts-expect-error a field of the envelope is misread
defineWebhook({ ...posted, id: ({ ID }) => ID, type: ({ kind }) => kind, events: {} });
// @ts-expect-error an id that is no text
defineWebhook({ ...posted, id: ({ at }) => at, type: ({ kind }) => kind, events: {} });
// @ts-expect-error a time that is no Date
defineWebhook({ ...told, happenedAt: ({ at }) => at, events: {} });
defineWebhook({
  ...told,
  // @ts-expect-error the body of the event is misread
  events: { 'stay.ended': { schema, commands: ({ host }) => commandTo(guest, { id: host, type: 'AwardPoints', data: points }) } },
});
defineWebhook({
  ...told,
  to: [guest],
  // @ts-expect-error a command to an aggregate that `to` does not name
  events: { 'guest.left': { schema, commands: ({ guest: id }) => leave(id) } },
});
defineWebhook({
  ...told,
  // @ts-expect-error a promise: a row asks for commands, and sends none
  events: { 'guest.left': { schema, commands: async () => null } },
});
// @ts-expect-error a row without a schema
defineWebhook({ ...told, events: { 'guest.left': { commands: () => null } } });
// @ts-expect-error nothing verifies what it takes
defineWebhook({ name: 'club', envelope, id: 'digest', type: () => '', to: [stay], events: {} });

// @ts-expect-error an encoding that no provider uses
hmac({ header: 'x-signature', encoding: 'utf8' });
// @ts-expect-error an algorithm that is broken
hmac({ header: 'x-signature', encoding: 'hex', algorithm: 'md5' });
// @ts-expect-error a promise is always true
signedBy(async () => false, { signedHeaders: [] });
