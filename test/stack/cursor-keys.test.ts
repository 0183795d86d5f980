import { expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { synthesize } from './synthesize.ts';

const secretsIn = (template: Template) => template.findResources('AWS::SecretsManager::Secret');
const keysOf = (template: Template, name: string) =>
  Object.entries(template.findResources('AWS::Lambda::Function')).find(([id]) => id.startsWith(name))?.[1]['Properties'].Environment
    .Variables.CURSOR_KEYS;
const [first, second, third] = [1, 2, 3].map((key) => synthesize(undefined, { cursorKey: key })) as [Template, Template, Template];
const idOf = (template: Template, number: number) =>
  Object.keys(secretsIn(template)).find((id) => id.startsWith(`QueriesCursorKeysKey${number}`));
const reference = (id: string | undefined) => ['{{resolve:secretsmanager:', { Ref: id }, ':SecretString:::}}'];

test('a new service has one key, which is generated and goes with the stack', () => {
  expect(secretsIn(synthesize())).toEqual(secretsIn(first));
  expect(Object.values(secretsIn(first))).toEqual([
    {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { Description: expect.any(String), GenerateSecretString: { PasswordLength: 43, ExcludePunctuation: true } },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    },
  ]);
});

test('the query function knows the current key and the one before it, as references that CloudFormation resolves', () => {
  const joined = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
  expect(keysOf(first, 'QueriesFunction')).toEqual(joined(...reference(idOf(first, 1))));
  const [begin, id, end] = reference(idOf(second, 2));
  const [, before] = reference(idOf(second, 1));
  expect(keysOf(second, 'QueriesFunction')).toEqual(joined(begin, id, `${end} ${begin}`, before, end));
});

test('the next number keeps the key, and the number after it removes the key', () => {
  expect(idOf(second, 1)).toBe(idOf(first, 1));
  expect(idOf(third, 2)).toBe(idOf(second, 2));
  expect(idOf(third, 1)).toBeUndefined();
});

test('no function may read a secret, and no other function knows the keys', () => {
  expect(JSON.stringify(second.findResources('AWS::IAM::Policy'))).not.toContain('secretsmanager');
  const knowing = Object.entries(second.findResources('AWS::Lambda::Function')).filter(([, { Properties }]) =>
    JSON.stringify(Properties).includes('secretsmanager'),
  );
  expect(knowing.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['QueriesFunction']);
});
