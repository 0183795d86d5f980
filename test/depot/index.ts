import { cloudEvents, commandTo, defineDecider, defineDomain, defineInbox, ensure, eventBridge, eventBus, plain, queue } from 'foldstream';
import * as z from 'zod';

// A service that listens to others: parcels for the orders of a shop, and for what a till sells. A command that adds an item adds it each
// time, so that a doubled one shows.

const parcelEvents = { ItemAdded: z.object({ cents: z.int() }), ParcelClosed: z.object({}), ParcelOpened: z.object({}) };

type Parcel = { readonly items: number; readonly cents: number; readonly isClosed: boolean };

export const parcel = defineDecider({
  name: 'parcel',
  commands: { AddItem: z.object({ cents: z.int() }), CloseParcel: z.object({}), OpenParcel: z.object({}) },
  events: parcelEvents,
  initialState: (): Parcel => ({ items: 0, cents: 0, isClosed: false }),
  decide: {
    AddItem: (data, { isClosed }) => {
      ensure(!isClosed, 'ParcelClosed');
      return [{ type: 'ItemAdded', data }];
    },
    CloseParcel: () => [{ type: 'ParcelClosed', data: {} }],
    OpenParcel: () => [{ type: 'ParcelOpened', data: {} }],
  },
  evolve: {
    ItemAdded: (parcel, { cents }) => ({ ...parcel, items: parcel.items + 1, cents: parcel.cents + cents }),
    ParcelClosed: (parcel) => ({ ...parcel, isClosed: true }),
    ParcelOpened: (parcel) => ({ ...parcel, isClosed: false }),
  },
});

/** What the shop of test/domain publishes: an item for the parcel of the order, and one for the parcel of the customer. */
export const orders = defineInbox({
  name: 'orders',
  from: eventBus({ sources: ['orders'] }),
  format: cloudEvents(),
  to: [parcel],
  receives: { 'OrderPlaced.v1': z.object({ orderId: z.string(), customerId: z.string(), totalCents: z.int() }) },
  on: {
    'OrderPlaced.v1': ({ orderId, customerId, totalCents }) => {
      if (totalCents === 13) throw new Error('nobody packs that');
      return [
        commandTo(parcel, { id: orderId, type: 'AddItem', data: { cents: totalCents } }),
        commandTo(parcel, { id: `of-${customerId}`, type: 'AddItem', data: { cents: totalCents } }),
      ];
    },
  },
});

/** A till that knows no envelope. */
export const till = defineInbox({
  name: 'till',
  from: queue(),
  format: plain({
    source: 'till',
    body: z.object({ receipt: z.string(), kind: z.string(), at: z.string().optional() }),
    id: ({ receipt }) => receipt,
    type: ({ kind }) => kind,
    time: ({ at }) => at,
  }),
  to: [parcel],
  receives: { sold: z.object({ parcel: z.string(), cents: z.int() }), voided: z.object({}) },
  on: {
    sold: ({ parcel: id, cents }) => commandTo(parcel, { id, type: 'AddItem', data: { cents } }),
    voided: () => null,
  },
  unknown: 'park',
});

/** What EventBridge says itself. */
export const stores = defineInbox({
  name: 'stores',
  from: queue(),
  format: eventBridge(),
  to: [parcel],
  receives: { 'Object Created': z.object({ object: z.object({ key: z.string(), size: z.int() }) }) },
  on: { 'Object Created': ({ object: { key, size } }) => commandTo(parcel, { id: key, type: 'AddItem', data: { cents: size } }) },
});

export const domain = defineDomain({ deciders: [parcel], projections: [], inboxes: [orders, till, stores] });
