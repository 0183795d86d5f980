import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { secret } from './secret.ts';

const work = mkdtempSync(join(tmpdir(), 'foldstream-secret-'));
afterAll(() => rmSync(work, { recursive: true }));

const generated = { PasswordLength: 43, ExcludePunctuation: true };
const create = (properties: Record<string, unknown> = { GenerateSecretString: generated }, logicalId = 'Key1', folder = 'one') =>
  secret(
    { type: 'AWS::SecretsManager::Secret', logicalId, properties },
    { account: '000000000000', region: 'eu-central-1', stateFolder: join(work, folder), secrets: new Map() },
  );

test('a secret has letters and digits, as many as the template says', async () => {
  const made = await create();
  expect(made).toEqual({
    ref: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:Key1',
    secret: expect.stringMatching(/^[A-Za-z0-9]{43}$/),
  });
});

test('a secret is the same at the next start, and another one in another folder or under another id', async () => {
  const { secret: first } = await create();
  expect((await create()).secret).toBe(first);
  const others = [(await create(undefined, 'Key2')).secret, (await create(undefined, 'Key1', 'two')).secret];
  expect(new Set([first, ...others]).size).toBe(3);
});

test('only the owner of the folder can read it', async () => {
  await create();
  expect(statSync(join(work, 'one/secrets/Key1.json')).mode & 0o777).toBe(0o600);
});

test.each<[string, Record<string, unknown>, string]>([
  ['a text of the template', { SecretString: 'x' }, 'the local system does not know the property SecretString'],
  ['other characters', { GenerateSecretString: { PasswordLength: 43 } }, 'generates secrets of letters and digits only'],
  ['a document', { GenerateSecretString: { ...generated, GenerateStringKey: 'key' } }, 'generates secrets of letters and digits only'],
])('a secret that is made of %s stops the start', (_, properties, message) => expect(create(properties)).rejects.toThrow(message));
