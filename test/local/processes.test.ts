import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type System, type SystemOptions, startSystem } from '../../local/system.ts';
import { startChild } from './child-system.ts';
import { processCode, processStack } from './process-app.ts';
import { writeAssembly } from './small-app.ts';

// Events, rules, state machines and callbacks, over the wire that the SDK speaks.

const endpointOfTheRun = process.env['DYNAMODB_ENDPOINT'] ?? '';
let work: string;
let assemblyFolder: string;
const running: System[] = [];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'processes-'));
  assemblyFolder = join(work, 'assembly');
  await writeAssembly(assemblyFolder, processStack, processCode);
});
afterEach(async () => {
  process.env['DYNAMODB_ENDPOINT'] = endpointOfTheRun;
  for (const system of running.splice(0)) await system.stop();
});
afterAll(() => rm(work, { recursive: true, force: true }));

const start = async (options: Partial<SystemOptions> = {}): Promise<System> => {
  const system = await startSystem({ port: 0, assemblyFolder, timeScale: 0.0001, ...options });
  running.push(system);
  return system;
};

type Url = Pick<System, 'url'>;

const publish = async ({ url }: Url, id: string, as = 'Placed') =>
  (await fetch(`${url}/publish/${id}?as=${as}`, { method: 'POST' })).status;
const tell = async ({ url }: Url, id: string): Promise<number> => {
  for (;;) {
    const { status } = await fetch(`${url}/tell/${id}`, { method: 'POST' });
    if (status !== 404) return status;
    await setTimeout(20);
  }
};
const look = async ({ url }: Url, id: string) => {
  const response = await fetch(`${url}/look/${id}`);
  const text = await response.text();
  return response.ok ? JSON.parse(text) : text;
};
const ended = async (system: Url, id: string) => {
  for (;;) {
    const execution = await look(system, id);
    if (execution.status !== undefined && execution.status !== 'RUNNING') return execution;
    await setTimeout(20);
  }
};

describe('a process', () => {
  test('is started by an event, gets its answers, and ends', async () => {
    const system = await start();
    expect(await publish(system, 'a')).toBe(200);
    expect(await tell(system, 'a')).toBe(200);
    const { status, output, history, listed, startDate, stopDate } = await ended(system, 'a');
    expect({ status, output, listed }).toEqual({ status: 'SUCCEEDED', output: '{"told":"a"}', listed: 1 });
    expect(history).toEqual([
      'ExecutionStarted',
      ...['TaskStateEntered', 'TaskStateExited', 'WaitStateEntered', 'WaitStateExited', 'TaskStateEntered', 'TaskStateExited'],
      'ExecutionSucceeded',
    ]);
    expect(Date.parse(stopDate)).toBeGreaterThanOrEqual(Date.parse(startDate));
    expect(await tell(system, 'a')).toBe(409);
  });

  test('is started once, however often the event comes', async () => {
    const system = await start({ chaosSeed: 3 });
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    await Promise.all(ids.map((id) => publish(system, id)));
    await Promise.all(ids.map((id) => tell(system, id)));
    expect(await Promise.all(ids.map(async (id) => (await ended(system, id)).output))).toEqual(ids.map((id) => `{"told":"${id}"}`));
  });

  test('does not begin with an event that the rule leaves out', async () => {
    const system = await start();
    await publish(system, 'ignored');
    await publish(system, 'a');
    await tell(system, 'a');
    expect(await look(system, 'ignored')).toBe('ExecutionDoesNotExist');
  });

  test('is started by an event that came through a queue, gets its answers, and ends', async () => {
    const system = await start();
    await publish(system, 'a', 'Queued');
    expect(await tell(system, 'a')).toBe(200);
    expect((await ended(system, 'a')).output).toBe('{"told":"a"}');
  });

  test.each([
    ['Placed', 3],
    ['Queued', 5],
  ])('that cannot be started is a dead letter, after its retries: %s', async (as, attempts) => {
    const lines: string[] = [];
    const system = await start({ log: (line) => lines.push(line) });
    await publish(system, 'poison', as);
    const file = () =>
      lines.map((line) => /^Dead │ has a dead letter, now in (.*\.jsonl): RangeError: it cannot$/.exec(line)?.[1]).find(Boolean);
    while (file() === undefined) await setTimeout(20);
    const letter = JSON.parse(await readFile(file() as string, 'utf8'));
    expect(letter).toMatchObject({ attempts, error: { errorType: 'RangeError' }, event: { detail: { id: 'poison' } } });
  });

  test('continues after the system was killed: with requests under way, with a wait for an answer, and with a sleep', async () => {
    process.env['DYNAMODB_ENDPOINT'] = '';
    const dataFolder = await mkdtemp(join(work, 'killed-'));
    const child = await startChild({ port: 0, dataFolder, assemblyFolder, timeScale: 1 });
    for (const id of ['asleep', 'asking', 'fresh']) expect(await publish(child, id)).toBe(200);
    expect(await publish(child, 'queued', 'Queued')).toBe(200);
    await tell(child, 'asleep');
    child.process.kill('SIGKILL');
    await once(child.process, 'exit');
    const system = await start({ dataFolder });
    for (const id of ['asking', 'fresh', 'queued']) expect(await tell(system, id)).toBe(200);
    for (const id of ['asleep', 'asking', 'fresh', 'queued']) expect((await ended(system, id)).output).toBe(`{"told":"${id}"}`);
  });
});
