import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { run } from '../../cli/es/run.ts';
import { guest, stay } from '../loyalty/index.ts';
import { esIn } from './es-command.ts';
import { type RunningSystem, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-reactions-'));
const start = () => runSystem(join(folder, 'data'), { domain: 'test/loyalty' });
let system: RunningSystem;
beforeAll(async () => {
  mkdirSync(join(folder, 'test'));
  symlinkSync(resolve('test/loyalty'), join(folder, 'test/loyalty')); // The command line looks for it beside the data.
  system = await start();
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const end = async (id: string, data: { guestId: string; nights: number; friends?: string[] }) =>
  expect((await system.send(stay, id, { type: 'EndStay', data })).status).toBe(200);
const tell = async (id: string, type: 'CloseAccount' | 'OpenAccount') =>
  expect((await system.send(guest, id, { type, data: {} })).status).toBe(200);
const points = async (id: string): Promise<number> => {
  const { body } = await system.get(`/streams/guest/${id}/state`);
  return (body as { state?: { points: number } }).state?.points ?? 0;
};
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await setTimeout(100);
};

/** `npm run es -- …` */
const es = esIn(folder);

test('each stay gives its points once, though the system is killed meanwhile', async () => {
  const stays = Array.from({ length: 20 }, (_, index) => `s${index}`);
  await Promise.all(stays.map((id) => end(id, { guestId: `g${id}`, nights: 1, friends: ['friend'] })));
  await system.kill();
  system = await start();
  await until(async () => (await points('friend')) >= stays.length);
  await until(async () => (await Promise.all(stays.map((id) => points(`g${id}`)))).every((one) => one >= 10));
  expect(await points('friend')).toBe(20);
  expect(await Promise.all(stays.map((id) => points(`g${id}`)))).toEqual(stays.map(() => 10));
});

test('what is refused is listed, sent again, and given up', async () => {
  await tell('ada', 'CloseAccount');
  await end('refused', { guestId: 'ada', nights: 2, friends: ['bob'] });
  await until(async () => (await es('processes')).said !== 'Nothing is parked.');
  expect((await es('processes')).said).toMatch(
    /^reaction:award-points {2}stay-refused@1 {2}AwardPoints of guest-ada since \S+: AccountClosed$/,
  );
  expect(await points('bob')).toBe(1);

  expect(await es('processes', 'reaction:award-points', 'stay-refused@1', '--retry')).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^still parked: reaction:award-points .*\n1 command still parked$/),
  });
  await tell('ada', 'OpenAccount');
  expect(await es('processes', 'reaction:award-points', 'stay-refused@1', '--retry')).toEqual({ code: 0, said: '1 command carried out' });
  expect([await points('ada'), await points('bob')]).toEqual([20, 1]);
  expect(await es('processes', 'reaction:award-points', 'stay-refused@1', '--retry')).toMatchObject({ code: 1 });

  await end('too-long', { guestId: 'cleo', nights: 1001 });
  await until(async () => (await es('processes', 'reaction:award-points')).said !== 'Nothing is parked.');
  expect((await es('processes', '--json')).said).toContain('"code":"RowFails"');
  expect(await es('processes', 'reaction:award-points', 'stay-too-long@1', '--give-up')).toEqual({ code: 0, said: '1 command given up' });
  expect((await es('processes')).said).toBe('Nothing is parked.');
  expect((await es('log')).said.split('\n').map((line) => line.replace(/^\S+Z {2}/, ''))).toEqual([
    'local  give-up reaction:award-points stay-too-long@1  done: 1 command given up',
    'local  retry reaction:award-points stay-refused@1  done: 1 command carried out',
    'local  retry reaction:award-points stay-refused@1  failed: 1 command still parked',
  ]);
});

test.each([
  [['reaction:award-points', 'stay-1@1'], 'say PROCESS and CAUSE together with --retry or --give-up'],
  [['--retry'], 'say PROCESS and CAUSE'],
  [['reaction:award-points', 'stay-1@1', '--retry', '--give-up'], '--retry and --give-up exclude each other'],
  [['Award'], "'Award' is no name of a process; there are reaction:award-points"],
  [['reaction:award-points', 'nonsense', '--retry'], 'is not a token'],
])('es processes %j makes no sense', async (args, message) => {
  const said: string[] = [];
  const error = jest.spyOn(console, 'error').mockImplementation((line: string) => void said.push(line));
  expect(await run(['processes', ...args], join(folder, 'data'))).toBe(2);
  error.mockRestore();
  expect(said.join('\n')).toContain(message);
});

test('what processes have recorded says which process it was', async () => {
  const { body } = await system.get('/streams/guest/bob');
  expect((body as { items: unknown[] }).items).toMatchObject([
    {
      metadata: {
        by: 'reaction:award-points',
        depth: 1,
        commandId: 'reaction:award-points/stay-refused@1/1',
        causationId: 'stay-refused@1',
      },
    },
  ]);
});
