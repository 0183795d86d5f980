import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { run } from '../../cli/es/run.ts';
import { parcel } from '../parcels/index.ts';
import { type RunningSystem, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-calls-'));
const start = () => runSystem(join(folder, 'data'), { domain: 'test/parcels', timeScale: 0.02 });
let system: RunningSystem;
beforeAll(async () => {
  mkdirSync(join(folder, 'test'));
  symlinkSync(resolve('test/parcels'), join(folder, 'test/parcels')); // The command line looks for it beside the data.
  system = await start();
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const pack = async (id: string, grams = 500) =>
  expect((await system.send(parcel, id, { type: 'PackParcel', data: { grams } })).status).toBe(200);
const bookings = async (id: string): Promise<number> => {
  const { body } = await system.get(`/streams/parcel/${id}/state`);
  return (body as { state?: { bookings: number } }).state?.bookings ?? 0;
};
const types = async (id: string): Promise<readonly string[]> => {
  const { body } = await system.get(`/streams/parcel/${id}`);
  return (body as { items: { type: string }[] }).items.map(({ type }) => type);
};
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await setTimeout(200);
};
const courier = (what: 'away' | 'back') => fetch(`${system.simulators['courier']}/${what}`, { method: 'PUT' });

/** `npm run es -- …` */
const es = async (...args: readonly string[]) => {
  const said: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  const code = await run(args, join(folder, 'data'));
  log.mockRestore();
  return { code, said: said.join('\n') };
};

test('each parcel is fetched once, though the system is killed meanwhile', async () => {
  const parcels = Array.from({ length: 20 }, (_, index) => `p${index}`);
  await Promise.all(parcels.map((id) => pack(id)));
  await system.kill();
  system = await start();
  await until(async () => (await Promise.all(parcels.map(bookings))).every((one) => one >= 1));
  expect(await Promise.all(parcels.map(bookings))).toEqual(parcels.map(() => 1));
});

test('an answer that refuses is a command, too', async () => {
  await pack('anvil', 80_000);
  await until(async () => (await types('anvil')).length > 1);
  expect(await types('anvil')).toEqual(['ParcelPacked', 'PickupDeclined']);
});

test('a command of an answer that is refused is parked with the answer, and taken again without a call', async () => {
  await courier('away');
  await pack('lost');
  expect((await system.send(parcel, 'lost', { type: 'LoseParcel', data: {} })).status).toBe(200);
  await courier('back');
  await until(async () => (await es('processes')).said !== 'Nothing is parked.');
  expect((await es('processes')).said).toMatch(/^call:courier {2}parcel-lost@1 {2}BookPickup of parcel-lost since \S+: ParcelIsLost$/);
  expect((await system.send(parcel, 'lost', { type: 'FindParcel', data: {} })).status).toBe(200);
  expect(await es('processes', 'call:courier', 'parcel-lost@1', '--retry')).toEqual({ code: 0, said: '1 command carried out' });
  expect(await bookings('lost')).toBe(1);
});

test('while the courier is away its calls wait, and all are made when it is back', async () => {
  await courier('away');
  const parcels = Array.from({ length: 8 }, (_, index) => `away${index}`);
  await Promise.all(parcels.map((id) => pack(id)));
  await until(async () => (await es('calls')).said.includes('open'));
  expect((await es('calls', '--json')).said).toMatch(/"name":"courier","waiting":\d+.*"circuit":"open"/);
  await courier('back');
  await until(async () => (await Promise.all(parcels.map(bookings))).every((one) => one >= 1));
  expect(await Promise.all(parcels.map(bookings))).toEqual(parcels.map(() => 1));
  await until(async () => (await es('calls')).said.includes('closed'));
});
