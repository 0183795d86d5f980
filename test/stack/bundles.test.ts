import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { bundlesApart } from '../../lib/bundle-options.ts';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain } from '../domain/index.ts';
import { httpEvent, itemsOf, recordOf } from '../support/read-lambda.ts';
import { contextWith } from './assemble.ts';
import { type Invocation, invoke } from './invoked.ts';
import { type Part, startDaemon } from './x-ray-daemon.ts';

const others = {
  SAGA_TABLE: 'waiting',
  SAGA_MACHINES: '{}',
  EVENT_BUS: 'bus',
  ENDPOINTS: '{}',
  CALL_SECRETS: '{}',
  CIRCUITS_TABLE: 'circuits',
  CALL_QUEUE: 'https://sqs.example/1/calls',
  PARKED_COMMANDS: 'parked',
  POINTERS_TABLE: 'pointers',
  REBUILD_MACHINE: 'arn:machine',
  POWERTOOLS_SERVICE_NAME: 'service',
  ANCHOR_BUCKET: 'anchors',
  CURSOR_KEYS: 'key',
  SCHEDULES: '{}',
  WEBHOOK_SECRETS: '{}',
  AUDIT_UNITS_PER_SECOND: '750',
};

// Outside the project, so that a bundle finds no node_modules to lean on.
const outdir = mkdtempSync(join(tmpdir(), 'foldstream-'));
afterAll(() => rmSync(outdir, { recursive: true }));

const endpoints = { 'payment-provider': 'https://pay.example' };
const app = new App({ outdir, context: contextWith({ 'aws:cdk:enable-asset-metadata': true, auth: 'none', endpoints }) });
new ServiceStack(app, 'foldstream-test', { domain });
const { template } = app.synth().getStackByName('foldstream-test');
const { Resources } = template;
/** Of the CDK: what empties the buckets of a dev stage that is destroyed. */
const empties = (text: string): boolean => /AutoDeleteObjects|auto-delete-objects/.test(text);
const bundles = Object.entries<{ Type: string; Metadata: Record<string, string> }>(Resources)
  .filter(([id, { Type }]) => Type === 'AWS::Lambda::Function' && !empties(id))
  .map(([id, { Metadata }]) => ({ id, folder: join(outdir, Metadata['aws:asset:path'] ?? '') }));

test('there is one for each function', () => expect(bundles).toHaveLength(13));

test('the local system runs the template that is deployed, but for the place of the code, and what empties buckets', () => {
  jest.spyOn(console, 'error').mockImplementation(() => {}); // The CDK warns that a bucket of code has no versions. Nobody deploys it.
  const local = new App({
    context: contextWith({ [bundlesApart]: 'true', auth: 'none', endpoints }),
    builtinCloudFormationValidation: false,
  });
  new ServiceStack(local, 'foldstream-test', { domain });
  const localTemplate = local.synth().getStackByName('foldstream-test').template;
  expect(Object.keys(localTemplate.Resources)).toEqual(Object.keys(Resources).filter((id) => !empties(id)));
  expect(withoutCode(localTemplate)).toEqual(withoutCode(template));
});

const withoutCode = (whole: typeof template) =>
  JSON.parse(JSON.stringify(whole), (key, value) => {
    if (key === 'Code' || key === 'Metadata' || empties(key)) return undefined;
    if (key === 'Tags' && empties(JSON.stringify(value))) return undefined;
    return ['Statement', 'DependsOn'].includes(key) ? [value].flat().filter((one) => !empties(JSON.stringify(one))) : value;
  });

// A dependency's CommonJS in place of its ES modules shows here first: the bundle grows by half, and so does the cold start.
// Somebody waits for a command; others have a second client of AWS in them, and that of S3 is large.
const mostBytes = (id: string): number => {
  if (id.startsWith('Commands')) return 450_000;
  if (id.startsWith('Anchor')) return 650_000;
  // It has the client of Step Functions beside all that a command needs, and the rules of steps, choices and interruptions.
  return id.startsWith('SagasStep') ? 510_000 : 500_000;
};

test.each(bundles)('$id is one module, and another one for tracing; not too large', ({ id, folder }) => {
  expect(readdirSync(folder).sort()).toEqual(['index.mjs', 'index.mjs.map', 'tracer.mjs', 'tracer.mjs.map']);
  const [bytes = 0, tracerBytes = 0] = ['index.mjs', 'tracer.mjs'].map((file) => statSync(join(folder, file)).size);
  expect(bytes + tracerBytes).toBeLessThan(mostBytes(id));
  expect(tracerBytes).toBeGreaterThan(50_000);
  expect(readFileSync(join(folder, 'index.mjs'), 'utf8')).not.toContain('captureAWSv3Client');
});

test.each(bundles)('$id can be imported, and exports a handler', ({ folder }) => {
  const script = `console.log(typeof (await import(${JSON.stringify(join(folder, 'index.mjs'))})).handler)`;
  const env = { AWS_REGION: 'eu-west-1', EVENTS_TABLE: 'events', READ_MODELS: '{}', ...others };
  expect(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { env, encoding: 'utf8' })).toBe('function\n');
});

test('an error of a deployed function is logged with the source files and lines', async () => {
  const folder = bundles.find(({ id }) => id.startsWith('Commands'))?.folder ?? '';
  const env = { EVENTS_TABLE: 'events', ...others, AUTH: 'none', AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' };
  const event = httpEvent('POST /{aggregate}/{id}/{command}', {
    ...{ params: { aggregate: 'order', id: 'a', command: 'CancelOrder' }, body: { reason: 'late' }, headers: { 'idempotency-key': 'k' } },
  });
  const said = await invoke(join(folder, 'index.mjs'), [{ trace: '', event }], env);
  const { error } = JSON.parse(said.split('\n').find((line) => line.includes('"failed"')) ?? '{}');
  expect(error.stack).toMatch(/^ {4}at \S+ \(\S*adapters\/aws\/unavailable\.ts:\d+:\d+\)$/m);
  expect(error.stack).not.toContain('index.mjs');
});

describe('a trace', () => {
  const trace = (digit: string, sampled: '0' | '1') =>
    `Root=1-${digit.repeat(8)}-${digit.repeat(24)};Parent=${digit.repeat(16)};Sampled=${sampled}`;
  const bundle = (name: string) => join(bundles.find(({ id }) => id.startsWith(name))?.folder ?? '', 'index.mjs');
  /** What the daemon hears of invocations of a function. */
  const partsOf = async (name: string, invocations: readonly Invocation[]): Promise<readonly Part[]> => {
    const { address, parts, stop } = await startDaemon();
    const env = { EVENTS_TABLE: 'events', READ_MODELS: '{"order-summary@1":"summaries","customer-totals@1":"totals"}', ...others };
    try {
      expect(await invoke(bundle(name), invocations, { ...env, AUTH: 'none', AWS_XRAY_DAEMON_ADDRESS: address })).not.toContain('X-Ray');
      return parts;
    } finally {
      stop();
    }
  };

  const placement = { customerId: 'cleo', lines: [{ productId: 'book', sellerId: 'ada', priceCents: 2990, freightCents: 410 }] };
  const place = (id: string, body: unknown = placement) =>
    httpEvent('POST /{aggregate}/{id}/{command}', {
      params: { aggregate: 'order', id, command: 'PlaceOrder' },
      ...{ body, headers: { 'x-correlation-id': `why-${id}`, 'idempotency-key': `key-${id}` } },
    });

  test('has the calls of AWS of a sampled command, and the ids that caused it; a command that is not sampled has no trace', async () => {
    const parts = await partsOf('Commands', [
      { trace: trace('1', '0'), event: place('a') },
      { trace: trace('2', '1'), event: place('b') },
      { trace: trace('3', '0'), event: place('c') },
      { trace: trace('4', '1'), event: place('d') },
    ]);
    const table = { table_name: 'events', region: 'eu-west-1' };
    for (const [digit, id] of [
      ['2', 'b'],
      ['4', 'd'],
    ] as const) {
      const ofTrace = parts.filter((part) => part.trace_id === `1-${digit.repeat(8)}-${digit.repeat(24)}`);
      const handler = ofTrace.find(({ name }) => name === '## index.handler');
      expect(handler).toMatchObject({ parent_id: digit.repeat(16), annotations: { correlationId: `why-${id}`, causationId: `key-${id}` } });
      const calls = ofTrace.filter(({ name }) => name === 'DynamoDB');
      expect(calls.map(({ parent_id }) => parent_id)).toEqual([handler?.id, handler?.id]);
      expect(calls.map(({ aws }) => aws)).toMatchObject([
        { operation: 'Query', ...table },
        { operation: 'PutItem', ...table },
      ]);
    }
    expect(parts).toHaveLength(6);
  });

  test("does not mark a caller's error as a fault", async () => {
    const parts = await partsOf('Commands', [{ trace: trace('5', '1'), event: place('e', {}) }]);
    expect(parts.map(({ name, fault = false, error = false }) => [name, fault, error])).toEqual([['## index.handler', false, false]]);
  });

  test('of a batch is found by the ids of each of its commits', async () => {
    const records = ['f', 'g'].map((id, index) => {
      const record = recordOf(itemsOf(`order-${id}`, [{ type: 'OrderPlaced', schema: 1, data: placement }])[0] as never, String(index));
      if (record.dynamodb?.NewImage?.['correlation'] !== undefined) record.dynamodb.NewImage['correlation'] = { S: `why-${id}` };
      return record;
    });
    const parts = await partsOf('Projector', [{ trace: trace('6', '1'), event: { Records: records } }]);
    const commits = parts.filter(({ name }) => name === 'commit');
    expect(commits.map(({ annotations }) => annotations?.['correlationId'])).toEqual(['why-f', 'why-g']);
    expect(parts.filter(({ name }) => name === 'DynamoDB').length).toBeGreaterThan(0);
  });
});
