import { defineDecider, defineProjection, definePublication, withFormer } from 'foldstream';
import * as z from 'zod';
import type { StoredEvent } from '../../core/log/event-store.ts';

// An aggregate whose stored events are of four releases: types were renamed, split and dropped, and split again.

const accepted = z.object({ customerId: z.string() });
const priced = z.object({ cents: z.int() });
const line = z.object({ product: z.string() });
const none = z.object({});

export const events = withFormer(
  { OrderAccepted: accepted, PriceAgreed: priced, LineAdded: line, OrderClosed: none },
  {
    // Release 2 renames it, release 3 takes the price out, and release 4 the lines.
    OrderReceived: {
      1: {
        from: z.object({ customer: z.string(), cents: z.int() }),
        into: ['OrderPlaced'],
        to: ({ customer, cents }) => [{ type: 'OrderPlaced', schema: 1, data: { customerId: customer, cents } }],
      },
    },
    OrderPlaced: {
      1: {
        from: z.object({ customerId: z.string(), cents: z.int() }),
        into: ['OrderAccepted', 'PriceAgreed'],
        to: ({ customerId, cents }) => [
          { type: 'OrderAccepted', schema: 1, data: { customerId, products: ['a'] } },
          { type: 'PriceAgreed', data: { cents } },
        ],
      },
    },
    OrderAccepted: {
      1: {
        from: z.object({ customerId: z.string(), products: z.array(z.string()) }),
        into: ['OrderAccepted', 'LineAdded'],
        othersAct: true,
        to: ({ customerId, products }) => [
          { type: 'OrderAccepted', data: { customerId } },
          ...products.map((product) => ({ type: 'LineAdded', data: { product } }) as const),
        ],
      },
    },
    OrderViewed: { 1: { from: none, into: [], to: () => [] } },
  },
);

type Order = { readonly cents: number; readonly seen: readonly string[] };

export const order = defineDecider({
  name: 'order',
  commands: { Close: none },
  events,
  initialState: (): Order => ({ cents: 0, seen: [] }),
  decide: { Close: () => [{ type: 'OrderClosed', data: {} }] },
  evolve: {
    OrderAccepted: ({ cents, seen }, { customerId }) => ({ cents, seen: [...seen, customerId] }),
    PriceAgreed: ({ cents, seen }, data) => ({ cents: cents + data.cents, seen }),
    LineAdded: ({ cents, seen }, { product }) => ({ cents, seen: [...seen, product] }),
    OrderClosed: ({ cents, seen }) => ({ cents, seen: [...seen, 'closed'] }),
  },
});

/** A document of one stream: the ids of the parts, in their order. */
export const history = defineProjection({
  name: 'order-history',
  revision: 1,
  events,
  document: z.object({ ids: z.array(z.string()) }),
  initialState: () => ({ ids: [] as string[] }),
  evolve: {
    OrderAccepted: ({ ids }, _, { eventId }) => ({ ids: [...ids, eventId] }),
    PriceAgreed: ({ ids }, _, { eventId }) => ({ ids: [...ids, eventId] }),
    LineAdded: ({ ids }, _, { eventId }) => ({ ids: [...ids, eventId] }),
  },
});

/** Documents of many streams: each part of an event may belong to another one. */
export const sums = defineProjection({
  name: 'order-sums',
  revision: 1,
  events,
  document: z.object({ count: z.int() }),
  key: ({ type, data }) => (type === 'LineAdded' ? `product-${data.product}` : type),
  initialState: () => ({ count: 0 }),
  evolve: {
    OrderAccepted: ({ count }) => ({ count: count + 1 }),
    PriceAgreed: ({ count }, { cents }) => ({ count: count + cents }),
    LineAdded: ({ count }) => ({ count: count + 1 }),
  },
});

export const published = definePublication({
  name: 'orders',
  events,
  publishes: { 'OrderAccepted.v1': none, 'PriceAgreed.v1': none, 'LineAdded.v1': none },
  map: {
    OrderAccepted: () => ({ type: 'OrderAccepted.v1', data: {} }),
    PriceAgreed: () => ({ type: 'PriceAgreed.v1', data: {} }),
    LineAdded: () => ({ type: 'LineAdded.v1', data: {} }),
  },
});

export const stored = (type: string, data: object, schema = 1): StoredEvent => ({ type, schema, data: { ...data } });

/** What a stored event is today, written by hand. `id` is the end of the part's id. */
export interface Part {
  readonly id: string;
  readonly type: string;
  readonly data: object;
}

/** Without the rows: what they should make of each stored event. */
export const expected = ({ type, schema, data }: StoredEvent): readonly Part[] => {
  const { customer, customerId = customer, cents, products = ['a'] } = data as Record<string, never>;
  if (type === 'OrderViewed') return [];
  if (type === 'OrderReceived' || type === 'OrderPlaced')
    return [
      { id: '', type: 'OrderAccepted', data: { customerId } },
      { id: '.1.2', type: 'LineAdded', data: { product: 'a' } },
      { id: '.2', type: 'PriceAgreed', data: { cents } },
    ];
  if (type === 'OrderAccepted' && schema === 1) {
    const lines = (products as readonly string[]).map((product, index) => ({ id: `.${index + 2}`, type: 'LineAdded', data: { product } }));
    return [{ id: '', type: 'OrderAccepted', data: { customerId } }, ...lines];
  }
  return [{ id: '', type, data: data as object }];
};
