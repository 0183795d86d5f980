// What the examples in docstrings take as given: test/examples.test.ts compiles them with these names.

import { readFileSync as read } from 'node:fs';
import {
  type CommandOf,
  cloudEvents,
  commandTo,
  defineCalls,
  defineDecider,
  defineDomain,
  defineInbox,
  defineProjection,
  definePublication,
  defineReaction,
  defineReminder,
  defineSaga,
  defineSchedule,
  type EventOf,
  eventBus,
  rate,
} from 'foldstream';
import * as z from 'zod';
export const events = {
  OrderPlaced: z.object({ customerId: z.string(), totalCents: z.int() }),
  OrderApproved: z.object({}),
  OrderShipped: z.object({}),
  OrderCancelled: z.object({ reason: z.string() }),
};
export const order = defineDecider({
  name: 'order',
  events,
  commands: { PlaceOrder: events.OrderPlaced, ShipOrder: events.OrderShipped, CancelOrder: events.OrderCancelled },
  initialState: (): { readonly status: 'new' | 'placed' | 'shipped' | 'cancelled' } => ({ status: 'new' }),
  decide: { PlaceOrder: () => [], ShipOrder: () => [], CancelOrder: () => [] },
  evolve: { OrderPlaced: (s) => s, OrderApproved: (s) => s, OrderShipped: (s) => s, OrderCancelled: (s) => s },
});
export const stock = order;
const pe = {
  PaymentRequested: z.object({ amountCents: z.int() }),
  PaymentReceived: z.object({}),
  PaymentDeclined: z.object({ reason: z.string() }),
  PaymentRefunded: z.object({}),
};
export const payment = defineDecider({
  name: 'payment',
  events: pe,
  commands: { RequestPayment: pe.PaymentRequested, ReceivePayment: pe.PaymentReceived, RefundPayment: pe.PaymentRefunded },
  initialState: () => ({ n: 1 }),
  decide: { RequestPayment: () => [], ReceivePayment: () => [], RefundPayment: () => [] },
  evolve: { PaymentRequested: (s) => s, PaymentReceived: (s) => s, PaymentDeclined: (s) => s, PaymentRefunded: (s) => s },
});
type E = EventOf<typeof order>;
type C = CommandOf<typeof order>;
declare const e: E;
declare const c: C;
export const placed: E = { type: 'OrderPlaced', data: { customerId: 'cleo', totalCents: 6390 } };
export const approved: E = e;
export const shipped: E = e;
export const cancelled: E = e;
export const place: C = c;
export const ship: C = c;
export const cancel: C = c;
export const placement = { customerId: 'a', totalCents: 3 };
export const invariants = {};
export const orderSummary = defineProjection({
  name: 'x',
  revision: 1,
  events,
  document: z.object({ status: z.string(), totalCents: z.int(), placedAt: z.string() }),
  initialState: () => ({ status: '', totalCents: 0, placedAt: '' }),
  evolve: {},
});
export const customerTotals = defineProjection({
  name: 'x',
  revision: 1,
  events,
  document: z.object({ orders: z.int(), totalCents: z.int() }),
  initialState: () => ({ orders: 0, totalCents: 0 }),
  evolve: {},
});
export const fulfilment = defineSaga({
  name: 'f',
  context: z.object({ id: z.string() }),
  startsOn: { of: order, event: 'OrderPlaced', context: () => undefined },
  steps: { A: { to: order, send: ({ id }) => ({ id, type: 'ShipOrder', data: {} }) } },
  onAbort: { to: order, send: ({ id }) => ({ id, type: 'ShipOrder', data: {} }) },
});
export const orderPublication = definePublication({ name: 'x', events, publishes: {}, map: {} });
export const paymentProvider = defineCalls({ name: 'x', of: payment, on: {} });
export const reserved: Readonly<Record<string, number>> = {};
export const reservation: string = 'r';
export const status: string = 'placed';
const be = {
  StayBooked: z.object({ arrival: z.string() }),
  StayCancelled: z.object({}),
  StayEnded: z.object({ guestId: z.string(), nights: z.int() }),
};
export const booking = defineDecider({
  name: 'booking',
  events: be,
  commands: { EndStay: be.StayEnded, MarkNoShow: z.object({}) },
  initialState: () => ({ n: 1 }),
  decide: { EndStay: () => [], MarkNoShow: () => [] },
  evolve: { StayBooked: (s) => s, StayCancelled: (s) => s, StayEnded: (s) => s },
});
const ge = { PointsAwarded: z.object({ bookingId: z.string().optional(), points: z.int() }) };
export const guest = defineDecider({
  name: 'guest',
  events: ge,
  commands: { AwardPoints: ge.PointsAwarded },
  initialState: () => ({ n: 1 }),
  decide: { AwardPoints: () => [] },
  evolve: { PointsAwarded: (s) => s },
});
export const loyalty = defineReaction({
  name: 'x',
  of: booking,
  to: [guest],
  on: { StayEnded: ({ guestId }) => commandTo(guest, { id: guestId, type: 'AwardPoints', data: { points: 1 } }) },
});
export const noShow = defineReminder({
  name: 'y',
  of: booking,
  to: [booking],
  due: { StayBooked: ({ arrival }) => arrival, StayCancelled: () => null },
  send: (_state, { id }) => commandTo(booking, { id, type: 'MarkNoShow', data: {} }),
});
export const domain = defineDomain({ deciders: [order], projections: [] });
export const orders = defineInbox({
  name: 'orders',
  from: eventBus({ sources: ['shop'] }),
  format: cloudEvents(),
  to: [payment],
  receives: { 'OrderPlaced.v1': z.object({ orderId: z.string(), totalCents: z.int() }) },
  on: {
    'OrderPlaced.v1': ({ orderId, totalCents }) =>
      commandTo(payment, { id: orderId, type: 'RequestPayment', data: { amountCents: totalCents } }),
  },
});
export const happyHour = defineSchedule({ name: 'h', every: rate({ days: 1 }), catchUp: 'none', to: [guest], sends: () => null });
export const readFileSync = read;
