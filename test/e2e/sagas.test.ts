import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import * as z from 'zod';
import { type RunningSystem, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-sagas-'));
let system: RunningSystem;
beforeAll(async () => {
  system = await runSystem(join(folder, 'data'));
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noExplicitAny: whatever the API answers; the assertions say what.
type Json = any;
const get = async (path: string): Promise<Json> => (await fetch(`${system.url}${path}`)).json();
const post = async (path: string, data: object): Promise<void> => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(data) };
  const { status } = await fetch(`${system.url}${path}`, init);
  if (status !== 200) throw new Error(`${path} was answered ${status}`);
};
const line = (productId: string) => ({ productId, sellerId: 's', priceCents: 100, freightCents: 10 });
const place = (id: string, ...products: string[]) =>
  post(`/order/${id}/PlaceOrder`, { customerId: 'c', lines: products.map(line), fulfilledBy: 'marketplace' });
const saga = async (id: string, holds: (saga: Json) => boolean): Promise<Json> => {
  for (;;) {
    const found = await get(`/sagas/fulfilment/${id}`);
    if (holds(found)) return found;
    await setTimeout(100);
  }
};
const paying = (id: string) => saga(id, ({ current = [] }) => current.includes('TakePayment'));
const over = (id: string) => saga(id, ({ status }) => ['completed', 'aborted', 'failed'].includes(status));

test('orders of the marketplace are shipped or come to nothing, and a system that is killed meanwhile changes none of it', async () => {
  await post('/stock/p1/ReceiveStock', { quantity: 10 });
  await Promise.all([place('paid', 'p1', 'p1'), place('declined', 'p1'), place('out', 'p1', 'nowhere'), place('asleep', 'p1')]);
  await Promise.all(['paid', 'declined', 'asleep'].map(paying));
  await system.kill();
  system = await runSystem(join(folder, 'data'));
  // The step may have been begun and not done when the system was killed.
  for (const [id, answer] of [
    ['paid', 'ReceivePayment'],
    ['declined', 'DeclinePayment'],
  ] as const) {
    while ((await get(`/streams/payment/${id}`)).items === undefined) await setTimeout(100);
    await post(`/payment/${id}/${answer}`, answer === 'ReceivePayment' ? {} : { reason: 'no money' });
  }
  expect(await over('paid')).toMatchObject({
    status: 'completed',
    done: { ReserveStock: 2, TakePayment: 1, ApproveOrder: 1, DispatchStock: 2, ShipOrder: 1 },
    undone: {},
  });
  expect(await over('declined')).toMatchObject({ status: 'aborted', undone: { ReserveStock: 1 }, reason: 'no money' });
  expect(await over('out')).toMatchObject({ status: 'aborted', undone: { ReserveStock: 1 }, reason: 'OutOfStock' });
  expect(await get('/sagas/fulfilment/asleep')).toMatchObject({ status: 'running', current: ['TakePayment'] });
  const { state } = await get('/streams/stock/p1/state');
  expect(state).toMatchObject({ quantity: 8, reserved: { 'asleep/0': 1 } });
  const orders = await Promise.all(['paid', 'declined', 'out', 'asleep'].map((id) => get(`/streams/order/${id}/state`)));
  expect(orders.map((order) => order.state.status)).toEqual(['shipped', 'cancelled', 'cancelled', 'placed']);
});

test('what is refused is business: no function fails because of it', async () => {
  await place('sold-out', 'nowhere');
  expect(await over('sold-out')).toMatchObject({ status: 'aborted', reason: 'OutOfStock' });
  expect(system.said.filter((line) => line.includes('failed'))).toEqual([]);
});

test('what is said of a saga is as the API describes it', async () => {
  const { paths } = await get('/openapi.json');
  const schema = z.fromJSONSchema(paths['/sagas/fulfilment/{id}'].get.responses[200].content['application/json'].schema);
  for (const id of ['paid', 'declined', 'out', 'asleep']) {
    const told = await get(`/sagas/fulfilment/${id}`);
    expect(schema.parse(told)).toEqual(told);
  }
});

test('a saga that nobody knows is not there', async () => {
  expect(await get('/sagas/fulfilment/nobody')).toMatchObject({ status: 404 });
  expect(await get('/sagas/nothing/42')).toMatchObject({ status: 404 });
});
