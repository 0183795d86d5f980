import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { bill, booking, calendar } from '../guesthouse/index.ts';
import { type RunningSystem, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-inn-'));
const start = () => runSystem(join(folder, 'data'), { domain: 'test/guesthouse' });
let system: RunningSystem;
beforeAll(async () => {
  system = await start();
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Pays = 'now' | 'later' | 'never';
const request = async (id: string, pays: Pays, more: { nights?: number; opensAt?: string } = {}) => {
  const data = { guestId: `g-${id}`, nights: 2, opensAt: '', ...more, pays };
  expect((await system.send(booking, id, { type: 'RequestBooking', data })).status).toBe(200);
};
const addRoom = async (roomId: string) =>
  expect((await system.send(calendar, 'house', { type: 'AddRoom', data: { roomId, nightCents: 90 } })).status).toBe(200);
// biome-ignore lint/suspicious/noExplicitAny: whatever the API answers; the assertions say what.
type Json = any;
const saga = async (id: string, holds: (saga: Json) => boolean): Promise<Json> => {
  for (;;) {
    const { body } = (await system.get(`/sagas/stay/${id}`)) as { body: Json };
    if (holds(body)) return body;
    await setTimeout(100);
  }
};
const asked = (id: string) => saga(id, ({ current = [] }) => current.includes('TakePayment'));
const over = (id: string) => saga(id, ({ status }) => ['completed', 'aborted', 'failed'].includes(status));
const eventsOf = async (aggregate: string, id: string): Promise<Json[]> => {
  const { body } = (await system.get(`/streams/${aggregate}/${id}`)) as { body: Json };
  return (body.items ?? []).map(({ type, data }: Json) => ({ type, data }));
};

test('each saga goes its own way on what it learns, though the system is killed meanwhile', async () => {
  for (const room of ['r1', 'r2', 'r3', 'r4']) await addRoom(room);
  const opensAt = new Date(Date.now() + 15_000).toISOString();
  await Promise.all([
    ...[
      request('paid', 'now'),
      request('declined', 'now'),
      request('later', 'later', { nights: 3 }),
      request('waits', 'never', { opensAt }),
    ],
  ]);
  await Promise.all(['paid', 'declined'].map(asked));
  await saga('waits', ({ current = [] }) => current.includes('WaitForOpening'));
  await system.kill();
  system = await start();
  expect((await system.send(bill, 'paid', { type: 'ReceivePayment', data: { receipt: 'r' } })).status).toBe(200);
  expect((await system.send(bill, 'declined', { type: 'DeclinePayment', data: { reason: 'no money' } })).status).toBe(200);

  expect(await over('paid')).toMatchObject({
    status: 'completed',
    done: { HoldRoom: 1, AskPayment: 1, TakePayment: 1, CreditPoints: 2, Confirm: 1 },
    chosen: { HowToPay: 'now' },
  });
  expect(await over('declined')).toMatchObject({ status: 'aborted', reason: 'no money', undone: { AskPayment: 1, HoldRoom: 1 } });
  expect(await over('later')).toMatchObject({
    status: 'completed',
    done: { HoldRoom: 1, SendNote: 1, CreditPoints: 3, Confirm: 1 },
    chosen: { HowToPay: 'later' },
  });
  expect(await over('waits')).toMatchObject({ status: 'completed', done: { WaitForOpening: 1 }, chosen: { HowToPay: 'free' } });

  const held = (await eventsOf('calendar', 'house')).filter(({ type }) => type === 'RoomHeld').map(({ data }) => data);
  for (const id of ['paid', 'later', 'waits'])
    expect(await eventsOf('booking', id)).toContainEqual({
      type: 'BookingConfirmed',
      data: { roomId: held.find(({ bookingId }) => bookingId === id).roomId },
    });
  expect(await eventsOf('bill', 'paid')).toContainEqual({ type: 'PaymentAsked', data: { amountCents: 180 } });
  expect((await eventsOf('points', 'g-later')).map(({ data }) => data.page)).toEqual([0, 1, 2]);
  expect(await eventsOf('points', 'g-declined')).toEqual([]);
});

test('more rounds than the step may take lead back over all of them', async () => {
  await addRoom('r5');
  await request('long', 'never', { nights: 9 });
  expect(await over('long')).toMatchObject({
    status: 'aborted',
    done: { CreditPoints: 5 },
    undone: { CreditPoints: 5, HoldRoom: 1 },
    reason: 'CreditPoints would begin more than 5 rounds',
  });
  const pages = (await eventsOf('points', 'g-long')).map(({ type, data }) => `${type} ${data.page}`);
  expect(pages).toEqual([...[0, 1, 2, 3, 4].map((page) => `PageCredited ${page}`), ...[4, 3, 2, 1, 0].map((page) => `PageTaken ${page}`)]);
});
