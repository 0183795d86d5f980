import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { signedHeaders } from '../../adapters/http/webhooks/sign.ts';
import { bank } from '../kiosk/index.ts';
import { type RunningSystem, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'foldstream-webhooks-'));
const start = () => runSystem(join(folder, 'data'), { domain: 'test/kiosk' });
let system: RunningSystem;
beforeAll(async () => {
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

const deliver = async (id: string, by = secretOf('bank')): Promise<number> => {
  const body = JSON.stringify({ id, type: 'money.received', created: Math.floor(Date.now() / 1000), data: { tab: '42', cents: 10 } });
  const signed = signedHeaders(bank.verifies, { bytes: Buffer.from(body), headers: {} }, { secret: by, now: new Date() });
  const headers = { ...(signed as Record<string, string>), 'content-type': 'application/json; charset=utf-8' };
  const { status } = await fetch(`${system.url}/webhooks/bank`, { method: 'POST', headers, body });
  return status;
};

test('each event acts once, though the system is killed while it is told', async () => {
  expect(await deliver('evt_0', 'another-secret-of-it')).toBe(401);
  const ids = Array.from({ length: 20 }, (_, index) => `evt_${index}`);
  const told = Promise.allSettled(ids.map((id) => deliver(id)));
  await system.kill();
  await told;
  system = await start();
  for (const again of [1, 2]) expect([again, new Set(await Promise.all(ids.map((id) => deliver(id))))]).toEqual([again, new Set([200])]);
  const { body } = await system.get('/streams/tab/42/state');
  expect(body).toMatchObject({ state: { cents: 200 } });
});
