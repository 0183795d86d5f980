import type { EventOf } from 'foldstream';
import { projectionScenarios, recordedAt } from 'foldstream/testing';
import { customerTotals } from './customer-totals.ts';
import type { order } from './decider.ts';

const lines = [{ productId: 'book', sellerId: 'ada', priceCents: 2990, freightCents: 410 }];
const placed: EventOf<typeof order> = { type: 'OrderPlaced', data: { customerId: 'cleo', lines } };
const ofDora: EventOf<typeof order> = { type: 'OrderPlaced', data: { customerId: 'dora', lines: [...lines, ...lines] } };

const [march, april] = ['2018-03-01T09:30:00.000Z', '2018-04-01T09:30:00.000Z'];

projectionScenarios(customerTotals, {
  'no order, no totals': { given: [], documents: {} },
  'an order counts for its customer': {
    given: [placed, { ...ofDora, metadata: { id: '2' } }],
    documents: {
      cleo: { orders: 1, totalCents: 3400, lastPlacedAt: recordedAt(1) },
      dora: { orders: 1, totalCents: 6800, lastPlacedAt: recordedAt(1) },
    },
  },
  'the orders of a customer add up, and the last one is the latest': {
    given: [
      { ...placed, metadata: { id: '1', recordedAt: march } },
      { ...placed, metadata: { id: '2', recordedAt: april } },
      { ...placed, metadata: { id: '3', recordedAt: march } },
    ],
    documents: { cleo: { orders: 3, totalCents: 10200, lastPlacedAt: april } },
  },
  'later events of an order do not count': {
    given: [placed, { type: 'OrderCancelled', data: { reason: 'too late' } }],
    documents: { cleo: { orders: 1, totalCents: 3400, lastPlacedAt: recordedAt(1) } },
  },
});
