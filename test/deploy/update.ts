import assert from 'node:assert/strict';
import { type Answer, type Api, answers, answersSoon } from './api.ts';

// An update must not lose events, documents, answers to repeated commands, or a running saga.

const placement = {
  customerId: 'eve',
  lines: [{ productId: 'jam', sellerId: 'bo', priceCents: 300, freightCents: 50 }],
  fulfilledBy: 'marketplace',
};
const shows = (api: Api, path: string, body: unknown) => answersSoon(() => api.get(path), { status: 200, body }, 60);

/** Starts a saga in the running release: it reserves the goods and waits for the payment. */
export const beginSaga = async (api: Api): Promise<void> => {
  await answers(api.post('/stock/jam/ReceiveStock', { quantity: 5 }), { status: 200 });
  await answers(api.post('/order/under-way/PlaceOrder', placement, { 'idempotency-key': 'under-way' }), { status: 200 });
  await shows(api, '/streams/payment/under-way/state', { state: { status: 'requested' } });
  await shows(api, '/order-summary/under-way', { status: 'placed' });
  await shows(api, '/customer-totals/eve', { orders: 1 });
};

/** Pays after the update. The saga's token, its execution and the reservation are from the previous release. */
export const endSaga = async (api: Api): Promise<void> => {
  const repeated = api.post('/order/under-way/PlaceOrder', placement, { 'idempotency-key': 'under-way' });
  await answers(repeated, { status: 200, headers: { 'idempotent-replayed': 'true' } });
  await answers(api.post('/payment/under-way/ReceivePayment', {}), { status: 200 });
  await shows(api, '/order-summary/under-way', { status: 'shipped' });
  await shows(api, '/streams/stock/jam/state', { state: { quantity: 4, reserved: {} } });
};

const paths = [
  '/streams/order/42',
  '/streams/order/42/state',
  '/streams/order/42/published',
  '/streams/order/under-way',
  '/streams/stock/jam',
  '/streams/stock/jam/state',
  '/streams/payment/under-way',
  '/order-summary/42',
  '/order-summary/under-way',
  '/customer-totals/ada',
  '/customer-totals/eve',
  '/order-summary?customerId=ada',
  '/order-summary?customerId=eve',
];

export const everythingIn = async (api: Api): Promise<readonly Answer[]> => {
  const found: Answer[] = [];
  for (const path of paths) {
    await answers(api.get(path), { status: 200 });
    found.push(await api.get(path));
  }
  return found;
};

/** Checks that each answer has all fields that it had before. It may have more, because a release adds fields and removes none. */
export const findAgain = async (api: Api, before: readonly Answer[]): Promise<void> => {
  assert.equal(before.length, paths.length);
  for (const { to, status, headers, body } of before) {
    const { etag } = headers;
    await answers(api.get(to.replace('GET ', '')), { status, body, ...(etag === undefined ? {} : { headers: { etag } }) });
  }
};
