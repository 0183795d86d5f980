import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import * as z from 'zod';
import { run } from '../../cli/es/run.ts';
import { type RunningSystem, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-sagas-'));
let system: RunningSystem;
beforeAll(async () => {
  mkdirSync(join(folder, 'test'));
  symlinkSync(resolve('test/domain'), join(folder, 'test/domain')); // The command line looks for it beside the data.
  system = await runSystem(join(folder, 'data'));
  // Here it is the test that answers, when it likes.
  const silence = { method: 'PUT', body: JSON.stringify({ behaviour: 'never answer' }) };
  await fetch(`${system.simulators['payment-provider']}/behaviour`, silence);
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
  const out = await over('out');
  expect(out).toMatchObject({ status: 'aborted', reason: 'OutOfStock' });
  // What was refused too, if that was a try after the kill: what became of the one before is not known.
  expect([1, 2]).toContain(out.undone.ReserveStock);
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

/** `npm run es -- sagas …` */
const es = (...args: readonly string[]) => esOf('sagas', ...args);
const esOf = async (...args: readonly string[]) => {
  const said: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  const code = await run(args, join(folder, 'data'));
  log.mockRestore();
  return { code, said: said.join('\n') };
};
const payment = async (id: string): Promise<string> => (await get(`/streams/payment/${id}/state`)).state.status;

test('one that waits for an event is aborted: that step is undone, too, and an answer that comes then changes nothing', async () => {
  expect(await es('fulfilment', 'asleep')).toEqual({
    code: 0,
    said: 'fulfilment asleep (order-asleep@1): running\n  at      TakePayment\n  done    ReserveStock',
  });
  expect(await es('fulfilment', 'order-asleep@1', '--abort')).toMatchObject({ code: 0 });
  expect(await over('asleep')).toMatchObject({ status: 'aborted', undone: { ReserveStock: 1, TakePayment: 1 } });
  await post('/payment/asleep/ReceivePayment', {});
  expect(await payment('asleep')).toBe('refunded');
  expect((await es('fulfilment', 'asleep')).said.split('\n').slice(2)).toEqual([
    '  undone  ReserveStock, TakePayment',
    '  because An operator has given it up.',
  ]);
  expect(await es('fulfilment', 'asleep', '--abort')).toEqual({ code: 1, said: 'It is aborted and waits for no event.' });
});

test('one that is stuck is listed, done again, and given up', async () => {
  await place('stuck', 'p1');
  await paying('stuck');
  while ((await get('/streams/payment/stuck')).items === undefined) await setTimeout(100);
  // A seller ships what the saga is about to cancel.
  await post('/order/stuck/ApproveOrder', {});
  await post('/order/stuck/ShipOrder', {});
  await post('/payment/stuck/DeclinePayment', { reason: 'no money' });
  const stuck = () => saga('stuck', ({ status }) => status === 'stuck');
  expect(await stuck()).toMatchObject({ current: ['Abort waits for an operator'], undone: { ReserveStock: 1 }, reason: 'no money' });
  expect((await es()).said).toMatch(/^fulfilment {2}order-stuck@1 {2}stuck at Abort since .*OrderNotOpen/);
  expect(await es('fulfilment', 'stuck', '--abort')).toEqual({
    code: 1,
    said: 'It is stuck and waits for no event: say --retry or --give-up.',
  });
  const name = /^fulfilment {2}(\S+)/.exec((await es()).said)?.[1] ?? '';
  expect((await es('fulfilment', name)).said).toMatch(/^fulfilment stuck \(order-stuck@1\): stuck/);
  expect(await es('fulfilment', name, '--start')).toEqual({ code: 1, said: 'It is stuck: there is nothing to start.' });
  expect(await es('fulfilment', name, '--retry')).toEqual({ code: 0, said: 'Abort: is done again' });
  while ((await es()).said === 'No saga waits for an operator.') await setTimeout(100);
  expect(await es('fulfilment', name, '--give-up')).toEqual({ code: 0, said: 'Abort: is given up' });
  expect(await over('stuck')).toMatchObject({ status: 'aborted' });
  expect((await es('fulfilment', 'stuck', '--runs')).said).toMatch(/^order-stuck@1 {2}aborted since \S+$/);
  expect((await get('/sagas/fulfilment/stuck/runs')).items).toMatchObject([{ event: 'order-stuck@1', status: 'aborted' }]);
  expect(await es('fulfilment', 'order-stuck@9', '--retry')).toMatchObject({ code: 2 });
  expect(await es()).toEqual({ code: 0, said: 'No saga waits for an operator.' });
});

test('what the operator has done is in the log, the newest first, and no route leads to it', async () => {
  const lines = (await esOf('log')).said.split('\n').map((line) => line.replace(/^\S+Z {2}/, ''));
  expect(lines).toEqual([
    'local  give-up fulfilment order-stuck@1  done: Abort: is given up',
    'local  retry fulfilment order-stuck@1  done: Abort: is done again',
    'local  start fulfilment order-stuck@1  nothing: It is stuck: there is nothing to start.',
    'local  abort fulfilment order-stuck@1  nothing: It is stuck and waits for no event: say --retry or --give-up.',
    'local  abort fulfilment order-asleep@1  nothing: It is aborted and waits for no event.',
    'local  abort fulfilment order-asleep@1  done: TakePayment: taken back',
  ]);
  const month = new Date().toISOString().slice(0, 7);
  expect(await esOf('verify', `system-${month}`)).toMatchObject({ code: 0, said: expect.stringContaining('verified 12 commits') });
  expect(await get(`/streams/system/${month}`)).toMatchObject({ status: 404, code: 'UnknownAggregate' });
});

test('the runs are counted by the revision that they run', async () => {
  await post('/stock/p1/ReceiveStock', { quantity: 1 });
  await place('counted', 'p1');
  await paying('counted');
  const { said } = await es('--revision', '--json');
  expect(JSON.parse(said)).toMatchObject({ saga: 'fulfilment', revision: 1, running: 1, isHeld: true });
  expect((await es('--revision')).said).toMatch(/^fulfilment@1 {2}1 under way, \d+ stopped$/);
  expect(await es('--revision', 'fulfilment')).toMatchObject({ code: 2 });
});

test('what was taken for an order that came to nothing is given back, by the provider as in our own books', async () => {
  const account = async (id: string): Promise<Json> => (await fetch(`${system.simulators['payment-provider']}/payments/${id}`)).json();
  expect(await account('paid')).toMatchObject({ heldCents: 220 });
  while ((await account('asleep')).heldCents !== 0) await setTimeout(100);
  expect(await account('asleep')).toMatchObject({ takenCents: 110, returnedCents: 110 });
});

test('a saga that nobody knows is not there', async () => {
  expect(await get('/sagas/fulfilment/nobody')).toMatchObject({ status: 404 });
  expect(await get('/sagas/nothing/42')).toMatchObject({ status: 404 });
});
