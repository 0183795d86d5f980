import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoChainLog } from '../adapters/event-log/dynamo-chain-log.ts';
import { dynamoEventStore } from '../adapters/event-log/dynamo-event-store.ts';
import { s3Anchors } from '../adapters/outbound/s3-anchors.ts';
import { dynamoPointers } from '../adapters/read-models/dynamo-pointers.ts';
import { dynamoReadModels } from '../adapters/read-models/dynamo-read-models.ts';
import { dynamoOperatorCases } from '../adapters/sagas/dynamo-operator-cases.ts';
import { executionName } from '../adapters/sagas/step-functions-sagas.ts';
import { anchorSteps } from '../core/audit/anchor-steps.ts';
import { relayPositions } from '../core/publish/relay.ts';
import { tableKey } from '../core/read/projection.ts';
import { projector } from '../core/read/projector.ts';
import { progressKey } from '../core/read/read-models.ts';
import { steward } from '../core/rebuild/steward.ts';
import { projectionsOf } from '../core/registry/domain.ts';
import type { SagaTaskRequest } from '../core/sagas/ports.ts';
import { foldingOf } from '../core/write/decider.ts';
import { domain } from './domain/index.ts';
import { order } from './domain/order/decider.ts';
import { placement } from './edge/problems.ts';
import { spoken } from './es/spawned.ts';
import { actFunction } from './support/act-function.ts';
import { FakeBus } from './support/bus.ts';
import { busServer } from './support/bus-server.ts';
import {
  createEventsTable,
  createNamesTable,
  createPointersTable,
  createReadTable,
  createSagaTable,
  engineClient,
} from './support/dynamo.ts';
import { objectStore } from './support/object-store.ts';
import { deliveriesOf } from './support/projecting.ts';
import { runRebuild, stepsOf, type World } from './support/rebuilding.ts';
import { request } from './support/requests.ts';

// Every command of docs/operations.md, as it stands there, in its order, on a small system with an accident behind it.

const page = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, block = '']) => block.trim().split('\n'));

const client = engineClient();
const folder = mkdtempSync(join(tmpdir(), 'foldstream-operations-'));
afterAll(() => rmSync(folder, { recursive: true }));
const tables: Record<string, string> = {};
let restored: string;
let otherRegion: Readonly<Record<'EVENTS' | 'NAMES', string>>;
let acts: Awaited<ReturnType<typeof actFunction>>;
afterAll(() => acts.close());
let world: World;
let log: string;

const write = (path: string, content: unknown): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), JSON.stringify(content));
};

const placed = { ...placement, fulfilledBy: 'marketplace' };

const place = async (id: string, store = world.eventStore): Promise<void> => {
  const asked = request({ type: 'PlaceOrder', data: placed }, id);
  const folded = { fingerprint: foldingOf(order).fingerprint, state: { status: 'placed' } };
  await store.append(store.begin({ aggregate: 'order', id }), asked, {
    events: [{ type: 'OrderPlaced', schema: 1, data: placed }],
    folded,
    recordedAt: '2026-01-01T00:00:00.000Z',
  });
};

/** A state machine in which one execution waits: it says that it runs, and takes answers to its tasks. */
const execution = executionName('fulfilment', 'order-42@1');
const answered: unknown[] = [];
const started: unknown[] = [];
const machines = createServer(async (request, response) => {
  const asked = (await json(request)) as { readonly executionArn?: string; readonly name?: string };
  const operation = String(request.headers['x-amz-target']).split('.')[1];
  if (operation === 'SendTaskSuccess') answered.push(asked);
  if (operation === 'StartExecution') started.push(asked);
  const now = Date.now() / 1000;
  const answers: Readonly<Record<string, object>> = {
    DescribeExecution: { status: 'RUNNING', name: execution, startDate: now },
    GetExecutionHistory: { events: [] },
    SendTaskSuccess: {},
    StartExecution: { executionArn: 'arn', startDate: now },
  };
  if (operation === 'DescribeExecution' && !asked.executionArn?.endsWith(execution)) {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ __type: 'ExecutionDoesNotExist' }));
    return;
  }
  response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(answers[operation ?? '']));
});
afterAll(() => {
  machines.close();
});

let cases: ReturnType<typeof dynamoOperatorCases>;
const call: SagaTaskRequest = {
  ...{ saga: 'fulfilment', execution, does: 'ask-operator', state: 'Undo ReserveStock', token: 'token-1' },
  ...{ failed: { Error: 'Refused', Cause: 'gone' }, input: { event: 'order-42@1', correlationId: 'order-42@1', context: {} } },
};
const letOneSagaWait = async (table: string): Promise<void> => {
  await once(machines.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(machines.address() as AddressInfo).port}`;
  Object.assign(process.env, { AWS_ENDPOINT_URL_SFN: endpoint, AWS_REGION: 'eu-central-1' });
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
  cases = dynamoOperatorCases({ client, table, now: () => new Date() });
  await cases.open(call);
};

/** What leaves; the bus is behind a port. */
const bus = new FakeBus();
let closeBus = () => {};
afterAll(() => closeBus());

/** The buckets, behind another. */
let objects: Awaited<ReturnType<typeof objectStore>>;
afterAll(() => objects.close());

/** The one of the night. */
const anchor = async (): Promise<void> => {
  const s3 = new S3Client({
    endpoint: objects.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const chainLog = dynamoChainLog({ client: DynamoDBDocumentClient.from(client), table: log });
  const steps = anchorSteps({ log: chainLog, store: s3Anchors({ client: s3, bucket: 'anchors' }), now: () => new Date() });
  const { anchor: name, segments } = await steps.plan();
  const progress = { streams: 0, isDone: false };
  const done = segments.map((segment) => steps.anchor({ anchor: name, segment, progress }, new Date(9e15)));
  await steps.complete({ anchor: name, segments: await Promise.all(done) });
};

beforeAll(async () => {
  const { url, close } = await busServer(() => bus);
  process.env['AWS_ENDPOINT_URL_EVENTBRIDGE'] = url;
  closeBus = close;
  objects = await objectStore('of-projector', 'of-relay', 'anchors');
  process.env['AWS_ENDPOINT_URL_S3'] = objects.url;
  const pointers = await createPointersTable();
  [log, restored] = await Promise.all([createEventsTable(), createEventsTable()]);
  otherRegion = { EVENTS: await createEventsTable(), NAMES: await createNamesTable() };
  for (const projection of domain.projections) tables[tableKey(projection)] = await createReadTable(projection);
  const positions = await createReadTable(relayPositions);
  const now = () => new Date();
  world = {
    eventStore: dynamoEventStore({ client, table: log, now }),
    readModels: dynamoReadModels({ client, tables: { ...tables, [tableKey(relayPositions)]: positions } }),
    pointers: dynamoPointers({ client, table: pointers }),
    now,
    pause: async () => {},
  };
  const SagaTable = await createSagaTable();
  const SagaMachines = JSON.stringify({ fulfilment: 'arn:aws:states:eu-central-1:0:stateMachine:fulfilment' });
  const ofBuckets = { DiscardedBatches: 'of-projector', DiscardedByRelay: 'of-relay', Anchors: 'anchors' };
  const RelayPositions = JSON.stringify({ [tableKey(relayPositions)]: positions });
  const ofReadSide = { PointersTable: pointers, ReadModelTables: JSON.stringify(tables), RelayPositions, EventBus: 'bus', ...ofBuckets };
  write('outputs.json', {
    'foldstream-prod': { EventsTable: log, NamesTable: 'names', ...ofReadSide, SagaTable, SagaMachines, OperatorFunction: 'acts' },
  });
  await letOneSagaWait(SagaTable);
  acts = await actFunction(() => world.eventStore);
  process.env['AWS_ENDPOINT_URL_LAMBDA'] = acts.url;

  for (const rebuild of await steward({ domain, rebuilds: { start: async () => 'running' }, ...world }))
    await runRebuild(stepsOf(domain, world), rebuild);
  await place('42');
  const { commits } = await world.eventStore.scan({ index: 0, of: 1 });
  await projector(world, projectionsOf(domain))(deliveriesOf(commits));
  await anchor();
  await place('43'); // The projector has not seen it.
  const records = [{ dynamodb: { Keys: { stream: { S: 'order-42' }, version: { N: '1' } } } }];
  objects.write('of-projector', 'aws/lambda/1/shard-1/1', { payload: JSON.stringify({ Records: records }) });
  write('discarded/shard-1/1', { payload: JSON.stringify({ Records: records }) });
  const backup = dynamoEventStore({ client, table: restored, now });
  for (const id of ['42', '43', '44']) await place(id, backup); // Of 44 only the backup knows.
});

/** What each command ends with, where it is not success. */
const findsSomething = new Set(['npm run es -- audit --outputs outputs.json']);

const run = (command: string) => {
  const [npm, runs, tool = '', dashes, ...args] = command.split(' ');
  expect([npm, runs, dashes]).toEqual(['npm', 'run', '--']);
  expect(['es', 'import']).toContain(tool);
  const names: Readonly<Record<string, string>> = { 'restored-events': restored, ...otherRegion };
  const named = args.map((one) => names[one] ?? one);
  const domain = join(import.meta.dirname, 'domain');
  const isOnEngine = tool === 'es' || args.includes('--table');
  const place = isOnEngine ? ['--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''] : [];
  const who = ['redrive', 'audit', 'projections', 'sagas'].includes(named[0] ?? '') ? ['--who', 'tester'] : [];
  return spoken([...named, ...who, '--domain', domain, ...place], folder, `cli/${tool}.ts`);
};

test('there are commands', () => expect(commands.length).toBeGreaterThan(12));

/** Those within a sentence, where capitals stand for something. */
const inline = [...page.matchAll(/`(npm run es -- [^`]+)`/g)].map(([, command = '']) => command.replaceAll(/\s+/g, ' '));

test.each([...new Set(inline)].map((command) => [command]))(
  '%s is one of the commands that are run below, in this or another form',
  (command) => {
    const [, , , , verb = '', ...args] = command.split(' ');
    const flags = args.filter((one) => one.startsWith('--'));
    const same = commands.filter((one) => one.split(' ')[4] === verb && flags.every((flag) => one.includes(flag)));
    expect(same).not.toEqual([]);
  },
);

describe('as it stands on the page', () => {
  test.each(commands.map((command) => [command]))('%s', async (command) => {
    const { code, said } = await run(command);
    if (code !== (findsSomething.has(command) ? 1 : 0)) throw new Error(said);
  });
});

test('the waiting saga got its answer and continues', async () => {
  expect(answered).toEqual([{ taskToken: 'token-1', output: '{}' }]);
  expect((await run('npm run es -- sagas --outputs outputs.json')).out).toBe('No saga waits for an operator.\n');
});

test('an operator who names a run that does not wait learns which other run of the aggregate waits', async () => {
  await cases.open({ ...call, execution: 'another', token: 'token-2', input: { ...call.input, event: 'order-42@3' } });
  expect(await run('npm run es -- sagas fulfilment 42 --give-up --why INC-42 --outputs outputs.json')).toMatchObject({
    code: 1,
    out: 'It is running: there is nothing to give up.\nfulfilment order-42@3 waits for an operator.\n',
  });
  for (const one of await cases.of('fulfilment')) await cases.close(one);
});

test('the saga of an event that was too old was started by hand', () => {
  const name = executionName('fulfilment', 'order-43@1');
  expect(started).toMatchObject([{ name, input: expect.stringContaining('"event":"order-43@1"') }]);
});

test('the lost commits are back, in the log and in the read models', async () => {
  const { commits } = await world.eventStore.scan({ index: 0, of: 1 });
  const orders = commits.filter(({ stream }) => stream.aggregate === 'order');
  expect(orders.map(({ stream }) => stream.id).sort()).toEqual(['42', '43', '44']);
  for (const projection of domain.projections.filter(({ key }) => key === undefined))
    for (const id of ['42', '43', '44']) expect((await world.readModels.get(projection, id, 'strong')).version).toBe(1);
});

test('the log in the other region is the log that was exported', async () => {
  const linesOf = async (table: string) => (await run(`npm run es -- export --table ${table}`)).out.trim().split('\n').toSorted();
  expect(await linesOf(otherRegion.EVENTS)).toEqual(await linesOf(restored));
});

test('each event was published once, and the relay has reached the end of the log', async () => {
  expect(bus.events.map(({ source, id }) => `${source} ${id}`).toSorted()).toEqual(
    ['42', '43', '44'].flatMap((id) => [`orders order-${id}@1`, `sagas order-${id}@1`]).toSorted(),
  );
  for (const id of ['42', '43', '44']) {
    const key = progressKey(relayPositions, { aggregate: 'order', id });
    expect((await world.readModels.get(relayPositions, key, 'strong')).version).toBe(1);
  }
});

test('an existing commit that differs is named, and not changed', async () => {
  const store = dynamoEventStore({ client, table: restored, now: () => new Date() });
  await client.send(new DeleteItemCommand({ TableName: restored, Key: { stream: { S: 'order-44' }, version: { N: '1' } } }));
  await store.append(store.begin({ aggregate: 'order', id: '44' }), request({ type: 'PlaceOrder', data: placement }, 'another'), {
    events: [{ type: 'OrderPlaced', schema: 1, data: placement }],
    folded: { fingerprint: 'x', state: null },
  });
  expect(await run('npm run es -- restore --from restored-events --outputs outputs.json')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/order-44@1: is there, and is another commit\n(.*\n)*restored 0 commits; 2 were there, 1 differ\n/),
  });
});
