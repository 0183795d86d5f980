import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
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

test('the app refuses an invalid stage, and names the valid ones', () =>
  expect(assemble({ stage: 'Prod' }, outdir)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('stage: "Prod" is dev, staging or prod'),
  }));
