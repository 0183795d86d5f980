import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { run } from '../../cli/es/run.ts';
import type { CommandOf } from '../../core/write/decider.ts';
import { account, stay } from '../inn/index.ts';
import { type RunningSystem, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-reminders-'));
const start = () => runSystem(join(folder, 'data'), { domain: 'test/inn' });
let system: RunningSystem;
beforeAll(async () => {
  mkdirSync(join(folder, 'test'));
  symlinkSync(resolve('test/inn'), join(folder, 'test/inn')); // The command line looks for it beside the data.
  system = await start();
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const tell = async (id: string, command: CommandOf<typeof stay>) => expect((await system.send(stay, id, command)).status).toBe(200);
const book = (id: string, seconds: number, guestId = `guest-${id}`) =>
  tell(id, { type: 'BookStay', data: { guestId, until: new Date(Date.now() + seconds * 1000).toISOString() } });
const stateOf = async (path: string) =>
  ((await system.get(`/streams/${path}/state`)).body as { state?: Record<string, number> }).state ?? {};
const noShows = async (id: string): Promise<number> => (await stateOf(`stay/${id}`))['noShows'] ?? 0;
const cents = async (id: string): Promise<number> => (await stateOf(`account/guest-${id}`))['cents'] ?? 0;
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await setTimeout(100);
};

/** `npm run es -- …` */
const es = async (...args: readonly string[]) => {
  const said: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  const code = await run(args, join(folder, 'data'));
  log.mockRestore();
  return { code, said };
};

test('a time that passes while the system is down is made up for when it starts, once', async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `s${index}`);
  await Promise.all(ids.map((id) => book(id, 22)));
  await system.kill(); // Some notices are on their way, and some schedules are made.
  await setTimeout(23_000);
  system = await start();
  await until(async () => (await Promise.all(ids.map(cents))).every((one) => one >= 100));
  await setTimeout(2000);
  expect(await Promise.all(ids.map(cents))).toEqual(ids.map(() => 100));
  expect(await Promise.all(ids.map(noShows))).toEqual(ids.map(() => 1));
});

test('a schedule outlives the process, is listed, moves and is cancelled', async () => {
  await book('moved', 3600);
  await book('cancelled', 3600);
  await until(async () => (await es('reminders')).said.length === 2);
  await tell('cancelled', { type: 'CancelStay', data: {} });
  const soon = new Date(Date.now() + 18_000).toISOString();
  await tell('moved', { type: 'MoveStay', data: { until: soon } });
  await until(async () => (await es('reminders', '--json')).said.length === 1);
  expect((await es('reminders', '--json')).said.map((line) => JSON.parse(line))).toEqual([
    { process: 'reminder:no-show', event: 'stay-moved@2', at: soon, isCurrent: true },
  ]);
  await system.kill();
  system = await start();
  await until(async () => (await cents('moved')) > 0);
  expect([await cents('moved'), await cents('cancelled'), await noShows('cancelled')]).toEqual([100, 0, 0]);
  expect((await es('reminders')).said).toEqual(['Nothing is scheduled.']);
});

test('what is refused is parked, and an operator sends it again', async () => {
  const account1 = (type: 'CloseAccount' | 'OpenAccount') => system.send(account, 'guest-r', { type, data: {} });
  await account1('CloseAccount');
  await book('r', -1);
  await until(async () => (await es('processes', 'reminder:no-show')).said[0] !== 'Nothing is parked.');
  expect((await es('processes')).said).toEqual([
    expect.stringMatching(/^reminder:no-show {2}stay-r@1 {2}ChargeFee of account-guest-r since \S+: AccountClosed$/),
  ]);
  expect(await noShows('r')).toBe(1);
  await account1('OpenAccount');
  expect(await es('processes', 'reminder:no-show', 'stay-r@1', '--retry')).toMatchObject({ code: 0 });
  expect([await cents('r'), await noShows('r')]).toEqual([100, 1]);
});

test('what a reminder has recorded says so', async () => {
  const { body } = await system.get('/streams/account/guest-r');
  expect((body as { items: unknown[] }).items.at(-1)).toMatchObject({
    metadata: { by: 'reminder:no-show', depth: 1, commandId: 'reminder:no-show/stay-r@1/1', causationId: 'stay-r@1' },
  });
});
