import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningSystem, runSystem } from 'foldstream/testing';
import { order } from './order/decider.ts';

// From a command to its documents, on the whole system.

let system: RunningSystem;
beforeAll(async () => {
  system = await runSystem();
}, 300_000);
afterAll(() => system?.stop());

const lines = [{ productId: 'book', sellerId: 'bo', priceCents: 2990, freightCents: 410 }];

test('an order that is placed is in its summary and in the totals of its customer', async () => {
  const placed = await system.send(order, '42', { type: 'PlaceOrder', data: { customerId: 'ada', lines } });
  expect(placed).toMatchObject({ status: 200, body: { token: 'order-42@1' } });
  const summary = await system.get('/order-summary/42', 'order-42@1');
  expect(summary).toMatchObject({ status: 200, body: { customerId: 'ada', status: 'placed', totalCents: 3400 } });
  const totals = await system.get('/customer-totals/ada', 'order-42@1');
  expect(totals).toMatchObject({ status: 200, body: { orders: 1, totalCents: 3400 } });
});

test('a refusal is told by its code', async () => {
  const shipped = await system.send(order, '43', { type: 'ShipOrder', data: {} });
  expect(shipped).toMatchObject({ status: 409, body: { code: 'OrderNotApproved' } });
});
