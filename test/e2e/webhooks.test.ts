import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { signedHeaders } from '../../adapters/http/webhooks/sign.ts';
import { bank, tab } from '../kiosk/index.ts';
import { esIn } from './es-command.ts';
import { type RunningSystem, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-webhooks-'));
const start = () => runSystem(join(folder, 'data'), { domain: 'test/kiosk' });
let system: RunningSystem;
beforeAll(async () => {
  mkdirSync(join(folder, 'test'));
  symlinkSync(resolve('test/kiosk'), join(folder, 'test/kiosk')); // The command line looks for it beside the data.
  system = await start();
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The secret that the local system has made for a webhook. */
const secretOf = (name: string): string => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const file = files.find((one) => one.includes(`WebhooksSecret${name}`) && one.endsWith('.json')) ?? '';
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
};

const deliver = async (id: string, by = secretOf('bank'), to = '42'): Promise<number> => {
  const body = JSON.stringify({ id, type: 'money.received', created: Math.floor(Date.now() / 1000), data: { tab: to, cents: 10 } });
  const signed = signedHeaders(bank.verifies, { bytes: Buffer.from(body), headers: {} }, { secret: by, now: new Date() });
  const headers = { ...(signed as Record<string, string>), 'content-type': 'application/json; charset=utf-8' };
  const { status } = await fetch(`${system.url}/webhooks/bank`, { method: 'POST', headers, body });
  return status;
};

/** As a provider does it: 20 deliveries for one tab at once lose races on a busy machine, which is 503. */
const deliverUntilTaken = async (id: string): Promise<number> => {
  for (;;) {
    const status = await deliver(id);
    if (status !== 503) return status;
  }
};

test('each event acts once, though the system is killed while it is told', async () => {
  expect(await deliver('evt_0', 'another-secret-of-it')).toBe(401);
  const ids = Array.from({ length: 20 }, (_, index) => `evt_${index}`);
  const told = Promise.allSettled(ids.map((id) => deliver(id)));
  await system.kill();
  await told;
  system = await start();
  for (const again of [1, 2])
    expect([again, new Set(await Promise.all(ids.map((id) => deliverUntilTaken(id))))]).toEqual([again, new Set([200])]);
  const { body } = await system.get('/streams/tab/42/state');
  expect(body).toMatchObject({ state: { cents: 200 } });
});

/** `npm run es -- …` */
const es = esIn(folder);

test('what is refused is listed, sent again without its signature, and given up', async () => {
  const tell = async (type: 'CloseTab' | 'OpenTab') => expect((await system.send(tab, '7', { type, data: {} })).status).toBe(200);
  const cents = async () => ((await system.get('/streams/tab/7/state')).body as { state: { cents: number } }).state.cents;
  await tell('CloseTab');
  expect([await deliver('evt_a', undefined, '7'), await deliver('evt_b', undefined, '7')]).toEqual([200, 200]);
  expect((await es('processes')).said.split('\n').toSorted()).toEqual([
    expect.stringMatching(/^webhook:bank {2}evt_a {2}PayIn of tab-7 since \S+: TabClosed$/),
    expect.stringMatching(/^webhook:bank {2}evt_b {2}PayIn of tab-7 since \S+: TabClosed$/),
  ]);
  expect(await es('processes', 'webhook:bank', 'evt_a', '--retry')).toMatchObject({ code: 1 });
  await tell('OpenTab');
  expect(await es('processes', 'webhook:bank', 'evt_a', '--retry')).toEqual({ code: 0, said: '1 command carried out' });
  expect(await es('processes', 'webhook:bank', 'evt_b', '--give-up')).toEqual({ code: 0, said: '1 command given up' });
  expect([await cents(), (await es('processes')).said]).toEqual([10, 'Nothing is parked.']);
  // The provider is late.
  expect([await deliver('evt_a', undefined, '7'), await cents()]).toEqual([200, 10]);
});
