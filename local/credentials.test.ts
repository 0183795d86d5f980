import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { HeaderSecret, HmacSecret, OauthSecret } from '../core/calls/credentials.ts';
import { defaultCredentialsFile, localCredentials } from './credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'foldstream-credentials-'));
afterAll(() => rmSync(folder, { recursive: true }));
let file: string;
let files = 0;
beforeEach(() => {
  mkdirSync(join(folder, String(++files)));
  file = join(folder, String(files), 'credentials.json');
});

const secret = 'gehe1m-of-the-bank';
const write = (text = JSON.stringify({ bank: { value: secret } }), mode = 0o600) => {
  writeFileSync(file, text);
  chmodSync(file, mode);
};
const simulator = 'http://127.0.0.1:3001';
const open = () => localCredentials({ file, isSimulated: (endpoint) => endpoint === simulator });
const refusal = (endpoint = 'https://bank.example'): string => {
  try {
    open().demand('bank', endpoint);
    return 'taken';
  } catch (error) {
    expect(String((error as Error).stack)).not.toContain('gehe1m');
    return (error as Error).message;
  }
};

test('the secret is in a file that only its owner reads; a change of it holds at once', () => {
  write();
  const credentials = open();
  expect(credentials.textOf('bank', 'https://bank.example')).toBe(JSON.stringify({ value: secret }));
  write(JSON.stringify({ bank: { value: 'new' } }));
  expect(credentials.textOf('bank', 'https://bank.example')).toBe('{"value":"new"}');
});

test('a third party without an entry stops the start, which says what to write', () => {
  expect(refusal()).toBe(
    `'bank' asks for credentials, and ${file} has none for it. Write { "bank": { "value": "…" } } into it for a header, ` +
      `{ "clientId": "…", "clientSecret": "…" } for OAuth, { "key": "…" } for a signature. Then: chmod 600 ${file}`,
  );
  write('{"post":{"value":"x"}}');
  expect(refusal()).toContain('has none for it');
});

test.each([0o604, 0o640, 0o660, 0o777])('a file that others may read (%o) is refused', (mode) => {
  write(undefined, mode);
  expect(refusal()).toBe(`${file} holds secrets, and other users may read it: chmod 600 ${file}`);
});

test('a file in a repository is refused, also behind a link and in a worktree', () => {
  write();
  const own = join(folder, String(files));
  writeFileSync(join(own, '.git'), 'gitdir: elsewhere');
  expect(refusal()).toContain(`lies in the repository ${own}`);
  const real = file;
  file = join(folder, `link-${files}.json`);
  symlinkSync(real, file);
  expect(refusal()).toContain(`${file} holds secrets, and lies in the repository ${own}`);
});

test.each(['{', `{"bank": ${secret}`, ''])('a file that is not JSON is refused, without a word of what it holds: %j', (text) => {
  write(text);
  expect(refusal()).toBe(`${file} is not JSON: an object with an entry for each third party`);
});

test('a simulator takes any credentials, of each kind; an entry in the file comes first', () => {
  const simulated = JSON.parse(open().textOf('bank', simulator));
  for (const schema of [HeaderSecret, OauthSecret, HmacSecret]) expect(schema.safeParse(simulated).success).toBe(true);
  expect(simulated.tokenUrl).toBe(`${simulator}/simulated-token`);
  write();
  expect(JSON.parse(open().textOf('bank', simulator))).toEqual({ value: secret });
});

test('a webhook has the secret in the file, a text; without an entry it has that of the local system', () => {
  expect(open().ofWebhook('bank')).toBeUndefined();
  write();
  expect(open().ofWebhook('bank')).toBeUndefined();
  write(JSON.stringify({ 'webhook:bank': 'whsec_of_the_bank' }));
  expect(open().ofWebhook('bank')).toBe('whsec_of_the_bank');
  write(JSON.stringify({ 'webhook:bank': { value: secret } }));
  expect(() => open().ofWebhook('bank')).toThrow(`the entry 'webhook:bank' in ${file} is no text: write { "webhook:bank": "…" }`);
});

test('without another word the file is in the folder of the settings of the user', () => {
  expect(defaultCredentialsFile({ XDG_CONFIG_HOME: '/home/ada/settings' })).toBe('/home/ada/settings/foldstream/credentials.json');
  expect(defaultCredentialsFile({})).toMatch(/\.config\/foldstream\/credentials\.json$/);
});
