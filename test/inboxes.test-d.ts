import { cloudEvents, commandTo, defineInbox, eventBus, type InboxEvent, plain, queue } from 'foldstream';
import { inboxScenarios } from 'foldstream/testing';
import * as z from 'zod';
import { orders, parcel } from './depot/index.ts';
import { guest, stay } from './loyalty/index.ts';

// Never run: the compiler checks these lines. `@ts-expect-error` fails if a line compiles.

const base = { name: 'orders', from: queue(), format: cloudEvents(), to: [parcel] } as const;
const receives = { Placed: z.object({ orderId: z.string(), cents: z.int() }) };
const add = (id: string, cents: number) => commandTo(parcel, { id, type: 'AddItem', data: { cents } });

defineInbox({ ...base, receives, on: { Placed: ({ orderId, cents }) => add(orderId, cents) } });
defineInbox({
  ...base,
  receives,
  on: { Placed: ({ orderId, cents }, { id, source }: InboxEvent) => [add(orderId, cents), add(`${source}-${id}`, 1)] },
});
defineInbox({ ...base, receives, on: { Placed: () => null }, unknown: 'park', tenant: ({ extensions }) => String(extensions['tenant']) });

// @ts-expect-error: what is received needs a row.
defineInbox({ ...base, receives, on: {} });
// @ts-expect-error: the data have no such field.
defineInbox({ ...base, receives, on: { Placed: ({ orderNumber }) => add(orderNumber, 1) } });
// @ts-expect-error: a field of another type.
defineInbox({ ...base, receives, on: { Placed: ({ cents }) => add(cents, 1) } });
// @ts-expect-error: `to` does not name this aggregate.
defineInbox({ ...base, receives, on: { Placed: () => commandTo(guest, { id: 'a', type: 'AwardPoints', data: { points: 1 } }) } });
defineInbox({
  ...base,
  to: [parcel, guest],
  receives,
  on: { Placed: () => commandTo(guest, { id: 'a', type: 'AwardPoints', data: { points: 1 } }) },
});
// @ts-expect-error: no aggregate at all.
defineInbox({ ...base, to: [stay], receives, on: { Placed: ({ orderId, cents }) => add(orderId, cents) } });
// @ts-expect-error: a row answers commands.
defineInbox({ ...base, receives, on: { Placed: () => ({ id: '7' }) } });
// @ts-expect-error: drop or park.
defineInbox({ ...base, receives, on: { Placed: () => null }, unknown: 'ignore' });
// @ts-expect-error: a bus has many senders: say whose events.
eventBus({});
// @ts-expect-error: the body has no such field.
plain({ source: 'till', body: z.object({ no: z.string() }), id: ({ number }) => number, type: () => 'sold' });
// @ts-expect-error: an id is a text.
plain({ source: 'till', body: z.object({ no: z.int() }), id: ({ no }) => no, type: () => 'sold' });

inboxScenarios(orders, { fits: { given: { type: 'OrderPlaced.v1', data: { orderId: '7', customerId: 'a', totalCents: 1 } }, then: [] } });
// @ts-expect-error: no such event.
inboxScenarios(orders, { other: { given: { type: 'OrderLost.v1', data: {} }, then: [] } });
// @ts-expect-error: data of another shape.
inboxScenarios(orders, { wrong: { given: { type: 'OrderPlaced.v1', data: { orderId: 7 } }, then: [] } });
