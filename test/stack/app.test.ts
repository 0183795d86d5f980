import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { stageOf } from '../../lib/stage.ts';
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
  expect(run({ stage: 'pr-42' })).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(outdir).filter((file) => file.endsWith('.template.json'))).toEqual(['foldstream-pr-42.template.json']);
});

test('the app refuses what is no stage, and says what one is', () => {
  const { status, stderr } = run({ stage: 'Prod' });
  expect(status).toBe(1);
  expect(stderr).toContain('Error: stage: "Prod" must be a small letter, then at most 19 small letters, digits and hyphens');
});

const stageGiven = (context: Record<string, unknown>) => stageOf(new App({ context }));

test('without a stage it is dev', () => expect(stageGiven({})).toBe('dev'));

test.each(['a', 'dev', 'pr-42', 'a-stage-of-20-letter'])('%j is a stage', (stage) => expect(stageGiven({ stage })).toBe(stage));

test.each(['', 'Prod', '1st', 'a b', 'über', '-x', 'dev\n', 'a-stage-of-21-letters', 7, true])('%j is no stage', (stage) =>
  expect(() => stageGiven({ stage })).toThrow(`stage: ${JSON.stringify(stage)} must be`),
);
