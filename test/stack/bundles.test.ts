import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { domain } from '#domain';
import { ServiceStack } from '../../lib/service-stack.ts';
import { contextWith } from './synthesize.ts';

const others = {
  SAGA_TABLE: 'waiting',
  SAGA_MACHINES: '{}',
  EVENT_BUS: 'bus',
  POINTERS_TABLE: 'pointers',
  REBUILD_MACHINE: 'arn:machine',
  SERVICE: 'service',
};

// Outside the project, so that a bundle finds no node_modules to lean on.
const outdir = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(outdir, { recursive: true }));

const app = new App({ outdir, context: contextWith({ 'aws:cdk:enable-asset-metadata': true, auth: 'none' }) });
new ServiceStack(app, 'foldstream-test', { domain });
const { Resources } = app.synth().getStackByName('foldstream-test').template;
const bundles = Object.entries<{ Type: string; Metadata: Record<string, string> }>(Resources)
  .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
  .map(([id, { Metadata }]) => ({ id, folder: join(outdir, Metadata['aws:asset:path'] ?? '') }));

test('there is one for each function', () => expect(bundles).toHaveLength(11));

// A dependency's CommonJS in place of its ES modules shows here first: the bundle grows by half, and so does the cold start.
test.each(bundles)('$id is one module, and not too large', ({ folder }) => {
  expect(readdirSync(folder).sort()).toEqual(['index.mjs', 'index.mjs.map']);
  expect(statSync(join(folder, 'index.mjs')).size).toBeLessThan(450_000);
});

test.each(bundles)('$id can be imported, and exports a handler', ({ folder }) => {
  const script = `console.log(typeof (await import(${JSON.stringify(join(folder, 'index.mjs'))})).handler)`;
  const env = { AWS_REGION: 'eu-west-1', EVENTS_TABLE: 'events', READ_MODELS: '{}', ...others, NODE_OPTIONS: '--enable-source-maps' };
  expect(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { env, encoding: 'utf8' })).toBe('function\n');
});
