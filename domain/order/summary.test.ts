import type { EventOf } from 'foldstream';
import { projectionScenarios, recordedAt } from 'foldstream/testing';
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

const open = { customerId: 'cleo', status: 'placed' as const, lines: 3, totalCents: 6390, placedAt: recordedAt(1) };
const at = '2018-03-01T09:30:00Z';

projectionScenarios(orderSummary, {
  'no order, no summary': { given: [], then: null },
  'a placed order shows its customer, its lines and its total': { given: [placed], then: open },
  'approved at the time of recording': {
    given: [placed, approved],
    then: { ...open, status: 'approved', approvedAt: recordedAt(2) },
  },
  'shipped at the time of recording': {
    given: [placed, approved, shipped],
    then: { ...open, status: 'shipped', approvedAt: recordedAt(2), shippedAt: recordedAt(3) },
  },
  'delivered at the time of recording': {
    given: [placed, approved, shipped, delivered],
    then: { ...open, status: 'delivered', approvedAt: recordedAt(2), shippedAt: recordedAt(3), deliveredAt: recordedAt(4) },
  },
  'cancelled, with the reason': {
    given: [placed, cancelled],
    then: { ...open, status: 'cancelled', cancelledAt: recordedAt(2), cancellationReason: 'too late' },
  },
  'the time in the event overrides the time of recording': {
    given: [
      { type: 'OrderPlaced', data: { customerId: 'cleo', lines, placedAt: at } },
      { type: 'OrderApproved', data: { approvedAt: at } },
      { type: 'OrderShipped', data: { shippedAt: at } },
      { type: 'OrderDelivered', data: { deliveredAt: at } },
    ],
    then: { ...open, status: 'delivered', placedAt: at, approvedAt: at, shippedAt: at, deliveredAt: at },
  },
});
