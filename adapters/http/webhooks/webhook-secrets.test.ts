import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { Unavailable } from '../../../core/basics/errors.ts';
import { ed25519, stripe } from '../../../core/webhooks/signatures.ts';
import { bank, domain } from '../../../test/kiosk/index.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import { signedHeaders } from './sign.ts';
import { webhookRoute } from './webhook-route.ts';
import { type SecretVersions, webhookSecrets } from './webhook-secrets.ts';

const [first, second, third] = ['the-first-secret-of-it', 'the-second-secret-of-it', 'the-third-secret-of-it'];
const webhook = { name: 'bank', verifies: stripe() };
const start = Date.parse('2026-06-01T00:00:00.000Z');

let [clock, reads] = [start, 0];
let stored: SecretVersions;
let outage: Error | undefined;
const read = async (): Promise<SecretVersions> => {
  reads += 1;
  if (outage !== undefined) throw outage;
  return stored;
};
const now = () => new Date(clock);
let secretsOf = webhookSecrets({ read, now });
beforeEach(() => {
  [clock, reads, outage] = [start, 0, undefined];
  stored = { current: first, since: new Date(start), previous: undefined };
  secretsOf = webhookSecrets({ read, now });
});
const pass = (seconds: number): void => {
  clock += seconds * 1000;
};
const rotateTo = (current: string): void => {
  stored = { current, since: now(), previous: stored.current };
};

test('a secret is read once in five minutes, and once for all who wait for it', async () => {
  expect(await Promise.all([secretsOf(webhook, 300), secretsOf(webhook, 30), secretsOf(webhook, 300)])).toEqual(Array(3).fill([first]));
  rotateTo(second);
  pass(299);
  expect([await secretsOf(webhook, 300), reads]).toEqual([[first], 1]);
  pass(1);
  expect([await secretsOf(webhook, 300), reads]).toEqual([[second, first], 2]);
});

test('each webhook has its own', async () => {
  await secretsOf(webhook, 300);
  await secretsOf({ ...webhook, name: 'hub' }, 300);
  expect(reads).toBe(2);
});

test('what was replaced is valid for a day, and no longer; one that was replaced twice is not', async () => {
  rotateTo(second);
  pass(24 * 3600 - 1);
  expect(await secretsOf(webhook, 300)).toEqual([second, first]);
  pass(1);
  expect(await secretsOf(webhook, 300)).toEqual([second]);
  rotateTo(third);
  pass(300);
  expect(await secretsOf(webhook, 300)).toEqual([third, second]);
});

test('a text with spaces has several', async () => {
  stored = { current: ` ${second}\n${first} `, since: undefined, previous: third };
  expect(await secretsOf(webhook, 300)).toEqual([second, first, third]);
});

test.each([
  [undefined, 'has no secret'],
  ['', 'has no secret'],
  [' \n', 'has no secret'],
  ['short', 'fewer than 16 bytes'],
])('the text %j is no secret; the error names the webhook; one that is written then is used within 30 seconds', async (text, fault) => {
  stored = { current: text, since: now(), previous: first };
  const message = `nobody can verify deliveries to the webhook 'bank': the `;
  for (const _ of [1, 2, 3]) {
    const error: Error = await secretsOf(webhook, 300).then(
      () => new Error('it was taken'),
      (thrown) => thrown,
    );
    expect([error.message.startsWith(message), error.message.includes(fault), error.message.includes('short')]).toEqual([
      true,
      true,
      false,
    ]);
  }
  expect(reads).toBe(1);
  rotateTo(second);
  pass(30);
  expect(await secretsOf(webhook, 300)).toEqual([second]);
});

test('a random text is no public key, and does no harm after it was replaced', async () => {
  const discord = { name: 'bot', verifies: ed25519() };
  await expect(secretsOf(discord, 300)).rejects.toThrow("the webhook 'bot': the public key of the webhook is not 64 hexadecimal digits");
  pass(30);
  rotateTo('ab'.repeat(32));
  expect(await secretsOf(discord, 300)).toEqual(['ab'.repeat(32)]);
});

test('an outage takes nothing from those who can do with what is known', async () => {
  await secretsOf(webhook, 300);
  outage = new Unavailable('the secret cannot be read');
  pass(60);
  await expect(secretsOf(webhook, 30)).rejects.toThrow(outage);
  expect(await secretsOf(webhook, 300)).toEqual([first]);
  pass(240);
  await expect(secretsOf(webhook, 300)).rejects.toThrow(outage);
  outage = undefined;
  expect(await secretsOf(webhook, 300)).toEqual([first]);
});

describe('a delivery', () => {
  const eventStore = memoryEventStore(now);
  const verdicts: string[] = [];
  const deliver = async (secret: string) => {
    const body = JSON.stringify({ id: 'evt_1', type: 'other', created: Math.floor(clock / 1000) });
    const headers = signedHeaders(bank.verifies, { bytes: Buffer.from(body), headers: {} }, { secret, now: now() });
    const { webhook: serve } = webhookRoute({
      ...{ domain, handle: handlerOn(eventStore), now, secretsOf, onUnknownType: () => {}, onParked: () => {} },
      parked: { put: async () => {}, of: async () => [], all: async function* () {}, delete: async () => {} },
      onUnverified: (_, verdict) => void verdicts.push(verdict),
    });
    const request = {
      params: { webhook: 'bank' },
      path: '/webhooks/bank',
      correlationId: 'c1',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    };
    const { status } = await serve(request as unknown as Parameters<typeof serve>[0]);
    return status;
  };

  test('that is signed with a newer secret than the known one is taken, at most 30 seconds after the last read', async () => {
    expect(await deliver(first)).toBe(200);
    rotateTo(second);
    expect([await deliver(second), reads]).toEqual([401, 1]);
    pass(30);
    expect([await deliver(second), await deliver(first), reads]).toEqual([200, 200, 2]);
  });

  test('that nobody has signed causes a read in 30 seconds, and no more', async () => {
    for (let seconds = 0; seconds < 90; seconds++) {
      expect(await deliver('another-secret-of-it')).toBe(401);
      pass(1);
    }
    expect(reads).toBe(3);
  });

  test('is never taken with an empty secret, whatever it is signed with', async () => {
    stored = { current: '', since: now(), previous: '' };
    for (const secret of ['', first]) await expect(deliver(secret)).rejects.toThrow("the webhook 'bank'");
  });
});
