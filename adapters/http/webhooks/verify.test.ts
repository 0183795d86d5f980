import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { ed25519, github, hmac, type Signature, shopify, signedBy, stripe } from '../../../core/webhooks/signatures.ts';
import { signedHeaders } from './sign.ts';
import { verdictOn } from './verify.ts';

const at = (seconds: number): Date => new Date(seconds * 1000);
const now = at(1_700_000_000);

/** As the documentation of each provider has it, or computed by another implementation (Python's hmac) where it has no example. */
describe('what providers sign is verified:', () => {
  test('GitHub', () => {
    const headers = { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' };
    const sent = { bytes: Buffer.from('Hello, World!'), headers };
    expect(verdictOn(github(), sent, { secrets: ["It's a Secret to Everybody"], now })).toBe('signed');
  });

  test('Stripe', () => {
    const headers = { 'stripe-signature': 't=1492774577,v1=799c4ba7bb339f3c8601adfd112f0e477c930a268be1243d341abb8286501c2f,v0=6ffb' };
    const sent = { bytes: Buffer.from('{"id":"evt_1"}'), headers };
    expect(verdictOn(stripe(), sent, { secrets: ['whsec_test_secret'], now: at(1_492_774_577 + 300) })).toBe('signed');
    expect(verdictOn(stripe(), sent, { secrets: ['whsec_test_secret'], now: at(1_492_774_577 + 301) })).toBe('stale');
  });

  test('Shopify', () => {
    const sent = {
      bytes: Buffer.from('{"id":820982911946154508}'),
      headers: { 'x-shopify-hmac-sha256': 'aDPQjbkrpNlMdy9Xpgse3eKgANQc2Yx/Najj029WpLU=' },
    };
    expect(verdictOn(shopify(), sent, { secrets: ['hush-hush-hush-hush'], now })).toBe('signed');
  });

  test('Slack', () => {
    const slack = hmac({
      ...{ header: 'x-slack-signature', prefix: 'v0=', encoding: 'hex', signs: 'v0:{x-slack-request-timestamp}:{body}' },
      timestamp: { header: 'x-slack-request-timestamp' },
    });
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA' +
      '&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F' +
      '397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const headers = {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    };
    const verifying = { secrets: ['8f742231b10e8888abcd99yyyzzz85a5'], now: at(1_531_420_618) };
    expect(verdictOn(slack, { bytes: Buffer.from(body), headers }, verifying)).toBe('signed');
  });

  test('Standard Webhooks, by a function', () => {
    const standard = signedBy(
      ({ bytes, header, secrets, hmac, isSame }) => {
        const [id, time, given = ''] = [header('Webhook-Id'), header('webhook-timestamp'), header('webhook-signature')];
        const signed = Buffer.concat([Buffer.from(`${id}.${time}.`), bytes]);
        return secrets.some((secret) => {
          const right = hmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'), signed);
          return given.split(' ').some((one) => isSame(right, Buffer.from(one.replace('v1,', ''), 'base64')));
        });
      },
      { signedHeaders: ['webhook-id'] },
    );
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const sent = { bytes: Buffer.from('{"test": 2432232314}'), headers };
    expect(verdictOn(standard, sent, { secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], now })).toBe('signed');
    expect(
      verdictOn(
        standard,
        { ...sent, bytes: Buffer.from('{"test": 2432232315}') },
        { secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], now },
      ),
    ).toBe('unsigned');
  });

  test('Ed25519: the second vector of RFC 8032', () => {
    const headers = {
      'x-signature-ed25519':
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    };
    const secrets = ['3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'];
    const plain = ed25519({ header: 'x-signature-ed25519', encoding: 'hex' });
    expect(verdictOn(plain, { bytes: Buffer.from([0x72]), headers }, { secrets, now })).toBe('signed');
    expect(verdictOn(plain, { bytes: Buffer.from([0x73]), headers }, { secrets, now })).toBe('unsigned');
  });
});

const secret = 'the-secret-of-the-provider';
const body = Buffer.from('{"id":"evt_1","name":"Zoë","n":1}');
const pair = generateKeyPairSync('ed25519');
const hexadecimal = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex');

type Headers = Readonly<Record<string, string | undefined>>;
interface Case {
  readonly signature: Signature;
  readonly secret: string;
  readonly header: string;
  readonly sign: (bytes: Buffer, time: Date, key?: string) => Headers;
}
const timed = hmac({
  ...{ header: 'x-signature', encoding: 'base64', algorithm: 'sha512', signs: '{x-id}.{x-time}.{body}' },
  timestamp: { header: 'x-time', unit: 'milliseconds' },
});
const byHmac = (signature: Signature, header: string, headers: Headers = {}): Case => ({
  ...{ signature, secret, header },
  sign: (bytes, time, key = secret) => signedHeaders(signature, { bytes, headers }, { secret: key, now: time }),
});
const cases: Readonly<Record<string, Case>> = {
  stripe: byHmac(stripe(), 'stripe-signature'),
  github: byHmac(github(), 'x-hub-signature-256'),
  shopify: byHmac(shopify(), 'x-shopify-hmac-sha256'),
  timed: byHmac(timed, 'x-signature', { 'x-id': '1' }),
  discord: {
    ...{ signature: ed25519(), secret: hexadecimal, header: 'x-signature-ed25519' },
    sign: (bytes, time, key) => {
      const seconds = String(Math.floor(time.getTime() / 1000));
      const by = key === undefined ? pair.privateKey : createPrivateKey(key);
      const signed = sign(null, Buffer.concat([Buffer.from(seconds), bytes]), by).toString('hex');
      return { 'x-signature-timestamp': seconds, 'x-signature-ed25519': signed };
    },
  },
};
const otherKey = (name: string): string =>
  name === 'discord'
    ? generateKeyPairSync('ed25519', {
        privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
        publicKeyEncoding: { format: 'pem', type: 'spki' },
      }).privateKey
    : 'another-secret-as-long';

describe.each(Object.entries(cases))('%s:', (name, { signature, secret: right, header, sign: signed }) => {
  const judge = (bytes: Buffer, headers: Headers, secrets: readonly string[] = [right], time = now) =>
    verdictOn(signature, { bytes, headers }, { secrets, now: time });
  const headers = signed(body, now);
  const given = headers[header] ?? '';
  const other = name === 'discord' ? 'a'.repeat(64) : 'another-secret-as-long';

  test('a delivery is verified, with either of two secrets', () => {
    expect([judge(body, headers), judge(body, headers, [other, right]), judge(body, headers, [right, other])]).toEqual([
      'signed',
      'signed',
      'signed',
    ]);
  });

  test('a signature that is stripped, empty, cut, doubled, or of another secret counts for nothing', () => {
    const { [header]: _, ...stripped } = headers;
    expect(judge(body, stripped)).toBe('unsigned');
    for (const text of [
      '',
      ' ',
      given.slice(0, -1),
      given.slice(0, -2),
      `${given}00`,
      `${given},${given}`,
      `${given} `,
      'null',
      'undefined',
      '0'.repeat(64),
    ])
      expect([text, judge(body, { ...headers, [header]: text })]).toEqual([text, 'unsigned']);
    expect(judge(body, signed(body, now, otherKey(name)))).toBe('unsigned');
    expect(judge(body, headers, [other])).toBe('unsigned');
  });

  test('each byte of the body counts', () => {
    for (const index of body.keys()) {
      const changed = Buffer.from(body);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(judge(changed, headers)).toBe('unsigned');
    }
    for (const text of [
      '',
      `${body} `,
      ` ${body}`,
      `${body}\n`,
      `\ufeff${body}`,
      String(body).replace('ë', '\\u00eb'),
      String(body).replace('ë', 'e\u0308'),
    ])
      expect(judge(Buffer.from(text), headers)).toBe('unsigned');
    expect(judge(Buffer.from(JSON.stringify(JSON.parse(String(body)), null, 1)), headers)).toBe('unsigned');
  });

  test('each header that is signed counts', () => {
    for (const [one, value = ''] of Object.entries(headers).filter(([one]) => one !== header)) {
      const { [one]: _, ...without } = headers;
      expect(judge(body, without)).toBe('unsigned');
      for (const text of [`${value}0`, `${value},${value}`, '', `${value} `, `+${value}`, value.slice(1)])
        expect(judge(body, { ...headers, [one]: text })).not.toBe('signed');
    }
  });

  test('a recording is of no use when its time has passed, nor before it', () => {
    const hasTime = !['github', 'shopify'].includes(name);
    const late = hasTime ? 'stale' : 'signed';
    const times = [-301, -300, 300, 301].map((seconds) => judge(body, headers, [right], new Date(now.getTime() + seconds * 1000)));
    expect(times).toEqual([late, 'signed', 'signed', late]);
  });

  test.each([[[]], [['']], [['   ']], [['short']], [[right, '']]])('with the secrets %j it refuses to run', (secrets) =>
    expect(() => judge(body, headers, secrets as string[])).toThrow(/secret of the webhook|public key of the webhook|has no secret/),
  );
});

describe('the algorithm is that of the webhook, whatever a delivery says:', () => {
  test('GitHub with SHA-1', () => {
    const sent = signedHeaders(
      hmac({ header: 'x-hub-signature', encoding: 'hex', prefix: 'sha1=' }),
      { bytes: body, headers: {} },
      { secret, now },
    );
    expect(verdictOn(github(), { bytes: body, headers: sent }, { secrets: [secret], now })).toBe('unsigned');
    const [, digest] = (sent['x-hub-signature'] ?? '').split('=');
    for (const prefix of ['', 'sha1=', 'SHA256=', 'md5=', 'none=', 'sha512='])
      expect(
        verdictOn(github(), { bytes: body, headers: { 'x-hub-signature-256': `${prefix}${digest}` } }, { secrets: [secret], now }),
      ).toBe('unsigned');
  });

  test('Stripe with v0, and with more signatures than anybody needs', () => {
    const [time = '', v1 = ''] = (signedHeaders(stripe(), { bytes: body, headers: {} }, { secret, now })['stripe-signature'] ?? '').split(
      ',',
    );
    const judge = (text: string) => verdictOn(stripe(), { bytes: body, headers: { 'stripe-signature': text } }, { secrets: [secret], now });
    const wrong = `v1=${'0'.repeat(64)}`;
    expect([`${time},${wrong},${v1}`, `${time}, ${v1}`, `${v1},${time}`].map(judge)).toEqual(['signed', 'signed', 'signed']);
    const bad = [
      `${time},${v1.replace('v1', 'v0')}`,
      v1,
      time,
      `${time},${time},${v1}`,
      `${time},t=1,${v1}`,
      `t=${time.slice(2)}x,${v1}`,
      `${time},${v1}x`,
    ];
    bad.push([time, ...Array(10).fill(wrong), v1].join(), [time, v1, time, v1].join());
    expect(bad.map(judge)).toEqual(bad.map(() => 'unsigned'));
  });

  test('hexadecimal digits may be large; base64 has one form', () => {
    const hex = signedHeaders(github(), { bytes: body, headers: {} }, { secret, now })['x-hub-signature-256'] ?? '';
    expect(
      verdictOn(
        github(),
        { bytes: body, headers: { 'x-hub-signature-256': `sha256=${hex.slice(7).toUpperCase()}` } },
        { secrets: [secret], now },
      ),
    ).toBe('signed');
    const base64 = signedHeaders(shopify(), { bytes: body, headers: {} }, { secret, now })['x-shopify-hmac-sha256'] ?? '';
    const judge = (text: string) =>
      verdictOn(shopify(), { bytes: body, headers: { 'x-shopify-hmac-sha256': text } }, { secrets: [secret], now });
    const hexOfIt = Buffer.from(base64, 'base64').toString('hex');
    expect(
      [
        base64.replace('=', ''),
        base64.replaceAll('/', '_').replaceAll('+', '-').replace('=', ''),
        `${base64}=`,
        `\n${base64}`,
        hexOfIt,
      ].map(judge),
    ).toEqual(Array(5).fill('unsigned'));
  });
});

test('a time that borrows from the body is no time, where nothing separates the two', () => {
  const { sign: signed, signature, secret: right } = cases['discord'] as Case;
  const headers = signed(Buffer.from('7{}'), now);
  const shifted = { ...headers, 'x-signature-timestamp': `${headers['x-signature-timestamp']}7` };
  expect(verdictOn(signature, { bytes: Buffer.from('{}'), headers: shifted }, { secrets: [right], now })).toBe('stale');
  const braced = { ...headers, 'x-signature-timestamp': `${headers['x-signature-timestamp']}7{` };
  expect(verdictOn(signature, { bytes: Buffer.from('}'), headers: braced }, { secrets: [right], now })).toBe('unsigned');
});

test.each<[unknown, string]>([
  [true, 'signed'],
  ['stale', 'stale'],
  [false, 'unsigned'],
  [Promise.resolve(true), 'unsigned'],
  [1, 'unsigned'],
  ['signed', 'unsigned'],
  [undefined, 'unsigned'],
])('a function that answers %p means %s', (answer, verdict) => {
  const by = signedBy(() => answer as boolean, { signedHeaders: [] });
  expect(verdictOn(by, { bytes: body, headers: {} }, { secrets: [secret], now })).toBe(verdict);
});

test('a simulator signs with no key that only the provider has', () => {
  for (const signature of [ed25519(), signedBy(() => true, { signedHeaders: [] })])
    expect(() => signedHeaders(signature, { bytes: body, headers: {} }, { secret, now })).toThrow('cannot sign');
  expect(() => signedHeaders(timed, { bytes: body, headers: {} }, { secret, now })).toThrow('lacks a header');
});
