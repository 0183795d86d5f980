import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readAssembly } from '../../local/assembly.ts';
import { spoken } from '../es/spawned.ts';
import { orderLines } from './orders.ts';
import { type RunningSystem, replay, runSystem } from './running-system.ts';

jest.setTimeout(300_000);

// The machine of lib/anchor.ts, its function and its bucket, run by the local system; then the tools look at what it has kept.

const folder = mkdtempSync(join(tmpdir(), 'foldstream-e2e-anchor-'));
let system: RunningSystem;
// biome-ignore lint/suspicious/noExplicitAny: what the system says of itself; local/facts.ts says what.
let facts: any;

beforeAll(async () => {
  writeFileSync(join(folder, 'orders.jsonl'), orderLines(30).join('\n'));
  system = await runSystem(join(folder, 'data'));
  facts = JSON.parse(readFileSync(join(folder, 'data', 'system.json'), 'utf8'));
  expect((await replay(system.url, join(folder, 'orders.jsonl')).done).code).toBe(0);
  const outputs = {
    ...{ EventsTable: facts.events, PointersTable: facts.pointers, EventBus: facts.bus, Anchors: facts.anchors },
    ...{ ReadModelTables: JSON.stringify(facts.readModels), RelayPositions: JSON.stringify(facts.relayPositions) },
    ...{ DiscardedBatches: 'none', DiscardedByRelay: 'none' },
  };
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ stack: outputs }));
  Object.assign(process.env, { AWS_ENDPOINT_URL_S3: facts.objects, AWS_ENDPOINT_URL_EVENTBRIDGE: facts.services });
  Object.assign(process.env, { AWS_REGION: facts.region, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const es = (...args: readonly string[]) => spoken([...args, '--outputs', 'outputs.json', '--endpoint', facts.endpoint], folder);

const anchor = async (): Promise<string | undefined> => {
  const client = new SFNClient({ endpoint: facts.services });
  const { template } = readAssembly(join(folder, 'data', 'assembly'));
  const machine = Object.keys(template.Resources).find((id) => /^AnchorMachine[0-9A-F]{8}$/.test(id));
  const stateMachineArn = facts.sagaMachines.fulfilment.replace(/[^-]*$/, machine); // They differ in their logical ids.
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
  for (;;) {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') return status;
    await setTimeout(100);
  }
};

test('the state machine makes an anchor, and the log matches it', async () => {
  expect(await anchor()).toBe('SUCCEEDED');
  expect(await es('verify')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^compared \d+ streams with the anchor of \S+: nothing is lost\nverified \d+ commits/),
  });
});

test('a stream that is cut off at its end afterwards is named', async () => {
  const { out } = await es('tail', '--number', '1', '--json');
  const { metadata } = JSON.parse(out);
  const stream = `${metadata.aggregate}-${metadata.id}`;
  const newest = JSON.parse((await es('tail', stream, '--number', '1', '--json')).out).metadata;
  const Key = { stream: { S: stream }, version: { N: String(newest.version) } };
  const client = new DynamoDBClient({ endpoint: facts.endpoint, region: facts.region });
  await client.send(new DeleteItemCommand({ TableName: facts.events, Key }));
  const { code, out: said } = await es('verify');
  expect(code).toBe(1);
  expect(said).toContain(`${stream}@${newest.version}: was there when the anchor was made, and is gone: the stream was cut off`);
});
