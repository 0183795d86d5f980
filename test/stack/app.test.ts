import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { assemble } from './assemble.ts';

const outdir = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(outdir, { recursive: true }));

test('the app is one stack, named for its stage', async () => {
  const endpoints = 'payment-provider=https://pay.example';
  expect(await assemble({ stage: 'dev-pr-42', auth: 'none', endpoints }, outdir)).toMatchObject({ stderr: '' });
  expect(readdirSync(outdir).filter((file) => file.endsWith('.template.json'))).toEqual(['foldstream-dev-pr-42.template.json']);
});

test('with a domain of its own the app is two stacks: the one with CloudFront, in us-east-1, after the one of the service', async () => {
  const folder = join(outdir, 'domain');
  await assemble({ stage: 'prod', auth: 'none', endpoints: 'payment-provider=https://pay.example', domainName: 'api.example.com' }, folder);
  const { artifacts } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  expect(artifacts['foldstream-prod']).toMatchObject({ environment: 'aws://unknown-account/unknown-region' });
  expect(artifacts['foldstream-prod-edge']).toMatchObject({
    environment: 'aws://unknown-account/us-east-1',
    dependencies: expect.arrayContaining(['foldstream-prod']),
    properties: { terminationProtection: true },
  });
});

test('the app refuses an invalid stage, and names the valid ones', () =>
  expect(assemble({ stage: 'Prod' }, outdir)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('stage: "Prod" is dev, staging or prod'),
  }));
