import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { run } from '../../cli/es/run.ts';
import { parcel } from '../parcels/index.ts';
import { esIn } from './es-command.ts';
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
const es = esIn(folder);

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

test('a call that has failed for a day is listed, made again, and given up', async () => {
  const { callQueues } = JSON.parse(readFileSync(join(folder, 'data/system.json'), 'utf8'));
  const [, logicalId = ''] = /-(CallsCallsto\w+)$/.exec(callQueues.courier.deadLetters) ?? [];
  // As the queue writes it after its last receive.
  const letter = (id: string) =>
    `${JSON.stringify({ at: new Date().toISOString(), event: { detail: { id: `parcel-${id}@1` } }, functionArn: 'f', attempts: 240, error: {} })}\n`;
  await pack('dead');
  await until(async () => (await bookings('dead')) === 1);
  mkdirSync(join(folder, 'data/queues'), { recursive: true });
  writeFileSync(join(folder, 'data/queues', `${logicalId}.jsonl`), ['dead', 'gone', 'gone2'].map(letter).join(''));

  expect((await es('calls', 'courier')).said).toMatch(
    /3 failed, 0 parked; circuit closed\n {2}failed: parcel-dead@1\n {2}failed: parcel-gone@1/,
  );
  expect((await es('calls', 'courier', '--limit', '1', '--json')).said.split('\n')).toHaveLength(2);
  expect(await es('calls', 'courier', 'parcel-dead@1', '--retry')).toEqual({ code: 0, said: '1 call put back into the queue' });
  expect(await es('calls', 'courier', 'parcel-dead@1', '--retry')).toMatchObject({ code: 1 });
  expect(await es('calls', 'courier', '--all', '--give-up')).toEqual({ code: 0, said: '2 calls given up' });
  await until(async () => (await es('calls')).said === 'courier  0 waiting, 0 under way, 0 failed, 0 parked; circuit closed');
  // Made again, under the same key: the courier fetched once, and the booking is one.
  expect(await bookings('dead')).toBe(1);
  expect((await es('log')).said).toContain('give-up calls courier --all  done: 2 calls given up');
});

test.each([
  [['courier', 'parcel-1@1'], 'say NAME, and an EVENT or --all'],
  [['--retry'], 'say NAME, and an EVENT or --all'],
  [['courier', 'parcel-1@1', '--all', '--retry'], 'say NAME, and an EVENT or --all'],
  [['courier', '--all', '--retry', '--give-up'], '--retry and --give-up exclude each other'],
  [['bank'], "no third party 'bank' has limits here; there are courier"],
])('es calls %j makes no sense', async (args, message) => {
  const said: string[] = [];
  const error = jest.spyOn(console, 'error').mockImplementation((line: string) => void said.push(line));
  expect(await run(['calls', ...args], join(folder, 'data'))).toBe(2);
  error.mockRestore();
  expect(said.join('\n')).toContain(message);
});
