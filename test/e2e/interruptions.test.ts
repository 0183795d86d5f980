import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { booking, room, till } from '../stay/index.ts';
import { esIn } from './es-command.ts';
import { type RunningSystem, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-interruptions-'));
const start = () => runSystem(join(folder, 'data'), { domain: 'test/stay' });
let system: RunningSystem;
beforeAll(async () => {
  mkdirSync(join(folder, 'test'));
  symlinkSync(resolve('test/stay'), join(folder, 'test/stay')); // The command line looks for it beside the data.
  system = await start();
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const request = async (id: string, guestId = `guest-${id}`) => {
  const data = { guestId, roomId: `room-${id}`, cents: 100 };
  expect((await system.send(booking, id, { type: 'RequestBooking', data })).status).toBe(200);
};
const cancel = async (id: string) =>
  expect((await system.send(booking, id, { type: 'CancelBooking', data: { reason: 'ill' } })).status).toBe(200);
const receive = async (id: string) => expect((await system.send(till, id, { type: 'ReceiveMoney', data: {} })).status).toBe(200);
const stateOf = async (aggregate: string, id: string): Promise<Record<string, unknown>> =>
  ((await system.get(`/streams/${aggregate}/${id}/state`)).body as { state?: Record<string, unknown> }).state ?? {};
const runOf = async (id: string) => (await system.get(`/sagas/reception/${id}`)).body as Record<string, unknown>;
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await setTimeout(100);
};
const untilAsked = (id: string) => until(async () => (await stateOf(till.name, id))['status'] === 'asked');
const untilEnded = (id: string) => until(async () => ['completed', 'aborted'].includes(String((await runOf(id))['status'])));

/** `npm run es -- …` */
const es = esIn(folder);

test('bookings that are cancelled while they wait for the money are taken back, though the system is killed meanwhile', async () => {
  const ids = Array.from({ length: 12 }, (_, index) => `${index}`);
  const cancelled = ids.filter((_, index) => index % 2 === 0);
  const paid = ids.filter((id) => !cancelled.includes(id));
  await Promise.all(ids.map((id) => request(id)));
  await Promise.all(ids.map(untilAsked));
  await Promise.all(cancelled.map(cancel));
  await system.kill();
  system = await start();
  await Promise.all(paid.map(receive));
  await Promise.all(ids.map(untilEnded));
  for (const id of ids) {
    const isCancelled = cancelled.includes(id);
    expect(await runOf(id)).toMatchObject(
      isCancelled
        ? { status: 'aborted', reason: 'ill', interruptedBy: `booking-${id}@2`, undone: { HoldRoom: 1, TakeMoney: 1 } }
        : { status: 'completed', done: { HoldRoom: 1, TakeMoney: 1, Confirm: 1 }, undone: {} },
    );
    expect(await stateOf(booking.name, id)).toEqual({ status: isCancelled ? 'cancelled' : 'confirmed' });
    expect((await stateOf(room.name, `room-${id}`))['heldFor']).toBe(isCancelled ? undefined : id);
    expect(await stateOf(till.name, id)).toEqual({ status: isCancelled ? 'returned' : 'received' });
  }
});

test('a booking that is cancelled at once takes no money', async () => {
  await request('early');
  await cancel('early');
  await untilEnded('early');
  expect(await runOf('early')).toMatchObject({ status: 'aborted', reason: 'ill' });
  expect((await stateOf(room.name, 'room-early'))['heldFor']).toBeUndefined();
});

test('a cancellation after the point of no return is told to be too late', async () => {
  await request('late');
  await untilAsked('late');
  await receive('late');
  await untilEnded('late');
  await cancel('late');
  await until(async () => (await runOf('late'))['tooLateToInterrupt'] !== undefined);
  expect(await runOf('late')).toMatchObject({ status: 'completed', tooLateToInterrupt: ['booking-late@3'] });
  expect((await es('sagas', 'reception', 'late')).said).toContain('too late to interrupt: booking-late@3');
  expect(await stateOf(till.name, 'late')).toEqual({ status: 'received' });
});

test('a second booking of a guest is refused while the first is open, and a third is taken after it', async () => {
  await request('first', 'ada');
  await untilAsked('first');
  await request('second', 'ada');
  await until(async () => (await runOf('second'))['status'] === 'refused');
  expect(await runOf('second')).toMatchObject({ status: 'refused', holder: 'booking-first@1' });
  expect((await es('sagas', 'reception', 'second')).said).toContain('refused: the run of booking-first@1 has its key');
  expect(await es('sagas', 'reception', 'second', '--start')).toMatchObject({ code: 1 });
  await receive('first');
  await untilEnded('first');
  await request('third', 'ada');
  await untilAsked('third');
});
