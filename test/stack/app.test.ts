import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { contextWith } from './synthesize.ts';

const outdir = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** Runs the app as `cdk` does. */
const run = (context: Readonly<Record<string, unknown>>) => {
  const CDK_CONTEXT_JSON = JSON.stringify(contextWith({ 'aws:cdk:bundling-stacks': [], ...context }));
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON };
  return spawnSync(process.execPath, ['bin/app.ts'], { env, encoding: 'utf8' });
};

test('the app is one stack, named for its stage', () => {
  expect(run({ stage: 'dev-pr-42', auth: 'none', endpoints: 'payment-provider=https://pay.example' })).toMatchObject({
    status: 0,
    stderr: '',
  });
  expect(readdirSync(outdir).filter((file) => file.endsWith('.template.json'))).toEqual(['foldstream-dev-pr-42.template.json']);
});

test('the app refuses what is no stage, and says what one is', () => {
  const { status, stderr } = run({ stage: 'Prod' });
  expect(status).toBe(1);
  expect(stderr).toContain('stage: "Prod" is dev, staging or prod');
});
