import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { aliasesFor, entryOf, making, tracer } from '../../lib/bundle-options.ts';

// The functions that a service has only with processes of a kind. The domain of test/stack/bundles.test.ts has none of them.

// Outside the project, so that a bundle finds no node_modules to lean on.
const folder = mkdtempSync(join(tmpdir(), 'foldstream-processes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const environment = {
  ...{ AWS_REGION: 'eu-west-1', EVENTS_TABLE: 'events', EVENT_BUS: 'bus', PARKED_COMMANDS: 'parked', POWERTOOLS_SERVICE_NAME: 'service' },
  ...{ SCHEDULES: '{}', AUDIT_UNITS_PER_SECOND: '750', INBOX_QUEUES: '{}', WEBHOOK_SECRETS: '{}' },
};

test.each([
  ['reactions', 'loyalty'],
  ['reminders', 'inn'],
  ['schedules', 'tower'],
  ['inbox', 'depot'],
  ['webhooks', 'kiosk'],
])(
  'the bundle of %s is not too large, and exports a handler',
  async (name, domain) => {
    const outfile = join(folder, name, 'index.mjs');
    const shared = { bundle: true, minify: true, format: 'esm' as const, platform: 'node' as const, target: making.target };
    const alias = { ...aliasesFor(resolve('test', domain, 'index.ts')), [tracer.name]: tracer.file };
    const options = { ...shared, mainFields: [...making.mainFields], banner: { js: making.banner }, external: [tracer.file], alias };
    await build({ ...options, entryPoints: [entryOf(name)], outfile });
    // Without the tracer, which has more than 70 KB.
    expect(statSync(outfile).size).toBeLessThan(440_000);
    expect(readFileSync(outfile, 'utf8')).not.toContain('captureAWSv3Client');
    writeFileSync(join(folder, name, tracer.file), '');
    const script = `console.log(typeof (await import(${JSON.stringify(outfile)})).handler)`;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { env: environment, encoding: 'utf8' });
    expect(said).toBe('function\n');
  },
  60_000,
);
