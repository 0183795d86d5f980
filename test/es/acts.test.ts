import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoPointers } from '../../adapters/read-models/dynamo-pointers.ts';
import { nameIn } from '../../cli/es/operator-name.ts';
import type { RecordedAct } from '../../core/operate/act-log.ts';
import { monthOf } from '../../core/operate/acts.ts';
import { tableKey } from '../../core/read/projection.ts';
import { actFunction } from '../support/act-function.ts';
import { createEventsTable, createPointersTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { domain } from './domains/broken/index.ts';
import { spoken } from './spawned.ts';

// Acts of an operator on a deployed system, from the command line: `projections retry`, which changes one item of a table.

const folder = mkdtempSync(join(tmpdir(), 'foldstream-es-acts-'));
const client = engineClient();
const month = monthOf(new Date());
let table: string;
let pointers: ReturnType<typeof dynamoPointers>;
let recorder: Awaited<ReturnType<typeof actFunction>>;
const outputs: Record<string, string> = {};

beforeAll(async () => {
  recorder = await actFunction(() => dynamoEventStore({ client, table, now: () => new Date() }));
  process.env['AWS_ENDPOINT_URL_LAMBDA'] = recorder.url;
  Object.assign(process.env, { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  const created = domain.projections.map(async (one) => [tableKey(one), await createReadTable(one)] as const);
  Object.assign(outputs, {
    ...{ NamesTable: 'names', RelayPositions: '{}', EventBus: 'bus', DiscardedBatches: 'batches', DiscardedByRelay: 'of-relay' },
    ...{ ReadModelTables: JSON.stringify(Object.fromEntries(await Promise.all(created))), OperatorFunction: 'acts' },
  });
});
afterAll(async () => {
  await recorder.close();
  rmSync(folder, { recursive: true });
});

/** A log of its own for each test, and a revision whose rebuild has failed. */
beforeEach(async () => {
  recorder.restart();
  table = await createEventsTable();
  const PointersTable = await createPointersTable();
  pointers = dynamoPointers({ client, table: PointersTable });
  const revision = { state: 'failed', attempt: 1, isFirst: false, since: '2026-11-23T03:00:00.000Z', segments: [] } as const;
  await pointers.write({ projection: 'tally-total', version: 1, revisions: { 1: revision } });
  writeOutputs({ ...outputs, EventsTable: table, PointersTable });
});
const writeOutputs = (of: object) => writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ 'foldstream-test': of }));

const es = (...args: readonly string[]) =>
  spoken(
    [
      ...args,
      ...['--outputs', 'outputs.json', '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''],
      ...['--domain', join(import.meta.dirname, 'domains/broken')],
    ],
    folder,
  );
const retry = (...more: readonly string[]) => es('projections', 'retry', 'tally-total@1', ...more);
const attempts = async () => (await pointers.read('tally-total')).revisions[1]?.attempt;
const logged = async (): Promise<readonly RecordedAct[]> =>
  (await es('log', '--json')).out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

test('an act is in the log, with who, why and what came of it', async () => {
  expect(await retry('--who', 'ada', '--why', 'INC-42')).toMatchObject({ code: 0 });
  expect(await attempts()).toBe(2);
  expect(await logged()).toMatchObject([
    {
      ...{ act: 'retry', target: 'tally-total@1', who: 'ada', why: 'INC-42', event: `system-${month}@1` },
      end: { outcome: 'done', result: 'tally-total@1 is tried again within a minute.' },
    },
  ]);
  const line = `  ada  retry tally-total@1  (INC-42)  done: tally-total@1 is tried again within a minute.\n`;
  expect((await es('log')).out).toMatch(new RegExp(`^\\S+Z${line.replaceAll(/[().]/g, '\\$&')}$`));
});

test('without --who, the credentials say who it is', async () => {
  const arn = 'arn:aws:sts::111122223333:assumed-role/shop-prod-Operators/ada';
  const answer = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn>
    </GetCallerIdentityResult></GetCallerIdentityResponse>`;
  const sts = createServer((_, response) => response.setHeader('content-type', 'text/xml').end(answer));
  await once(sts.listen(0, '127.0.0.1'), 'listening');
  process.env['AWS_ENDPOINT_URL_STS'] = `http://127.0.0.1:${(sts.address() as AddressInfo).port}`;
  expect(await retry('--why', 'INC-42')).toMatchObject({ code: 0 });
  sts.close();
  expect(await logged()).toMatchObject([{ who: 'shop-prod-Operators/ada' }]);
});

test('an act that fails is in the log, with its error', async () => {
  expect(await es('projections', 'flip', 'tally-total@1', '--who', 'ada', '--why', 'INC-42')).toMatchObject({ code: 1 });
  expect(await logged()).toMatchObject([{ act: 'flip', end: { outcome: 'failed', result: expect.stringContaining('tally-total@1') } }]);
});

describe('if the begin cannot be recorded, nothing is done:', () => {
  test('the function fails', async () => {
    recorder.restart(() => 'fail');
    expect(await retry('--who', 'ada', '--why', 'x')).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^The act cannot be recorded, so nothing is done: the function that records acts failed.*it fell over/),
    });
    expect([await attempts(), await logged()]).toEqual([1, []]);
  });

  test('the name looks like an e-mail address', async () => {
    expect(await retry('--who', 'ada@example.com', '--why', 'x')).toMatchObject({
      code: 1,
      said: expect.stringMatching(/nothing is done.*--who/),
    });
    expect([await attempts(), await logged()]).toEqual([1, []]);
  });

  test('there is no function of this name', async () => {
    writeOutputs({ ...outputs, OperatorFunction: 'gone', EventsTable: table, PointersTable: 'none' });
    expect(await es('redrive', 'notes', '--all', '--who', 'ada', '--why', 'x')).toMatchObject({
      code: 1,
      said: expect.stringMatching(/ResourceNotFoundException.*deploy this release/),
    });
  });

  test('the outputs are those of an earlier release', async () => {
    const { OperatorFunction: _, ...earlier } = outputs;
    writeOutputs({ ...earlier, EventsTable: table, PointersTable: 'none' });
    expect(await es('redrive', 'notes', '--all', '--who', 'ada', '--why', 'x')).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^The outputs do not say which function records acts.*deploy this release first/),
    });
    expect(await es('log')).toMatchObject({ code: 0, out: 'No act is recorded.\n' });
  });
});

test('an act whose end could not be recorded is done, and its end is not known', async () => {
  recorder.restart((nth) => (nth === 2 ? 'fail' : 'pass'));
  expect(await retry('--who', 'ada', '--why', 'INC-42')).toMatchObject({
    code: 1,
    said: expect.stringMatching(/The end of 'retry tally-total@1' could not be recorded/),
  });
  expect(await attempts()).toBe(2);
  expect((await es('log')).out).toMatch(/ {2}retry tally-total@1 {2}\(INC-42\) {2}begun, its end is not known\n$/);
});

test.each([[[]], [['--why', ' ']], [['--why', 'x'.repeat(501)]]])('on AWS a reason is required: %j', async (why) => {
  expect(await retry('--who', 'ada', ...why)).toMatchObject({ code: 2, said: expect.stringContaining('--why') });
  expect([await attempts(), await logged()]).toEqual([1, []]);
});

test('the log of acts is read, shown, checked and exported as all streams are', async () => {
  await retry('--who', 'ada', '--why', 'INC-42');
  expect(await es('show', `system-${month}`)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/ActBegun {2}\(command \S+ by ada through operator:es\)/),
  });
  expect(await es('verify')).toMatchObject({ code: 0, out: expect.stringContaining('verified 2 commits, 2 events of 1 stream: intact') });
  for (const form of [[], ['--lifted']]) {
    const { code, out } = await es('export', ...form);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect({ code, types: events.map(({ type }) => type) }).toEqual({ code: 0, types: ['ActBegun', 'ActEnded'] });
    expect(events[1].metadata).toMatchObject({ actor: 'ada', by: 'operator:es', causationId: `system-${month}@1` });
  }
  expect(await es('log', '--since', '2100-01-01')).toMatchObject({ out: 'No act is recorded.\n' });
  expect(await es('log', '--since', 'yesterday')).toMatchObject({ code: 2 });
  await es('projections', 'flip', 'tally-total@1', '--who', 'ada', '--why', 'INC-42');
  expect(await es('log', '--limit', '1')).toMatchObject({
    out: expect.stringMatching(/^\S+ {2}ada {2}flip .*\n$/),
    said: 'There are more: --limit 1\n',
  });
});

test.each([
  ['arn:aws:sts::111122223333:assumed-role/shop-prod-Operators/ada', 'shop-prod-Operators/ada'],
  ['arn:aws:iam::111122223333:user/teams/ada', 'user/teams/ada'],
  ['arn:aws:iam::111122223333:root', 'root'],
])('the name in %s is %s', (arn, name) => expect(nameIn(arn)).toBe(name));
