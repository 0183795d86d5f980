import { expect, test } from '@jest/globals';
import type { EventOf } from 'foldstream';
import { commitsOf, foldAll, nothing, recordedAt } from 'foldstream/testing';
import type { order } from './decider.ts';
import { orderSummary } from './summary.ts';

type Event = EventOf<typeof order>;

const lines = [
  { productId: 'book', sellerId: 'ada', priceCents: 2990, freightCents: 410 },
  { productId: 'book', sellerId: 'ada', priceCents: 2990, freightCents: 0 },
  { productId: 'gift', sellerId: 'bob', priceCents: 0, freightCents: 0 },
];
const placed: Event = { type: 'OrderPlaced', data: { customerId: 'cleo', lines } };
const approved: Event = { type: 'OrderApproved', data: {} };
const shipped: Event = { type: 'OrderShipped', data: {} };
const delivered: Event = { type: 'OrderDelivered', data: {} };
const cancelled: Event = { type: 'OrderCancelled', data: { reason: 'too late' } };

const open = { customerId: 'cleo', status: 'placed', lines: 3, totalCents: 6390, placedAt: recordedAt(1) };
const at = '2018-03-01T09:30:00Z';

const table: Readonly<Record<string, { given: readonly Event[]; gives: object | null }>> = {
  'no order, no summary': { given: [], gives: null },
  'a placed order shows whose it is, its lines and its worth': { given: [placed], gives: open },
  'approved when it was recorded': {
    given: [placed, approved],
    gives: { ...open, status: 'approved', approvedAt: recordedAt(2) },
  },
  'shipped when it was recorded': {
    given: [placed, approved, shipped],
    gives: { ...open, status: 'shipped', approvedAt: recordedAt(2), shippedAt: recordedAt(3) },
  },
  'delivered when it was recorded': {
    given: [placed, approved, shipped, delivered],
    gives: { ...open, status: 'delivered', approvedAt: recordedAt(2), shippedAt: recordedAt(3), deliveredAt: recordedAt(4) },
  },
  'cancelled, and why': {
    given: [placed, cancelled],
    gives: { ...open, status: 'cancelled', cancelledAt: recordedAt(2), cancellationReason: 'too late' },
  },
  'a time that the event brings along wins over the time of recording': {
    given: [
      { type: 'OrderPlaced', data: { customerId: 'cleo', lines, placedAt: at } },
      { type: 'OrderApproved', data: { approvedAt: at } },
      { type: 'OrderShipped', data: { shippedAt: at } },
      { type: 'OrderDelivered', data: { deliveredAt: at } },
    ],
    gives: { ...open, status: 'delivered', placedAt: at, approvedAt: at, shippedAt: at, deliveredAt: at },
  },
};

test.each(Object.entries(table))('%s', (_, { given, gives }) => {
  const commits = commitsOf({ aggregate: 'order', id: '42' }, ...given.map((event) => [event]));
  const { document, version } = foldAll(orderSummary, commits, nothing);
  expect(document).toEqual(gives);
  expect(version).toBe(given.length);
});

test('every summary fits its schema, so the API describes what it answers', () => {
  const documents = Object.values(table).flatMap(({ gives }) => (gives === null ? [] : [gives]));
  expect(documents.map((document) => orderSummary.document.parse(document))).toEqual(documents);
});

test('every event of the order has a row', () => {
  expect(Object.keys(orderSummary.evolve).sort()).toEqual(Object.keys(orderSummary.events).sort());
});
