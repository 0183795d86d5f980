import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { dynamoChainLog } from '../../adapters/event-log/dynamo-chain-log.ts';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { s3Anchors } from '../../adapters/outbound/s3-anchors.ts';
import { dynamoPointers } from '../../adapters/read-models/dynamo-pointers.ts';
import { dynamoOperatorCases } from '../../adapters/sagas/dynamo-operator-cases.ts';
import { dynamoSagaTokens } from '../../adapters/sagas/dynamo-saga-tokens.ts';
import { executionArnOf, executionName } from '../../adapters/sagas/step-functions-sagas.ts';
import { run } from '../../cli/es/run.ts';
import { anchorSteps } from '../../core/audit/anchor-steps.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { relayPositions } from '../../core/publish/relay.ts';
import { tableKey } from '../../core/read/projection.ts';
import type { Revision } from '../../core/rebuild/pointers.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { domain } from '../domain/index.ts';
import { order } from '../domain/order/decider.ts';
import { placement } from '../edge/problems.ts';
import { permissionsIn, permits } from '../stack/permissions.ts';
import { synthesize } from '../stack/synthesize.ts';
import { actHandler } from '../support/act-function.ts';
import { createEventsTable, createPointersTable, createReadTable, createSagaTable, engineClient } from '../support/dynamo.ts';
import { request } from '../support/requests.ts';
import { noteDynamo, rightsFor, type UsedRight } from '../support/used-rights.ts';

// The role of operators has the rights that the verbs of `es` use on a deployed system, and no others. The tables are real. The other
// services answer as AWS would, and each request is noted.

const folder = mkdtempSync(join(tmpdir(), 'foldstream-es-rights-'));
const machine = 'arn:aws:states:region:account:stateMachine:Sagasfulfilment';
const names = new Map<string, string>();
const used = new Map<string, UsedRight>();
const said = [jest.spyOn(console, 'log'), jest.spyOn(console, 'error')];
jest.spyOn(process.stderr, 'write').mockImplementation(() => true); // The bars of progress.
let store: EventStore;
let isNoting = false;

/** While it acts, requests are noted, or not. */
const noting = async <T>(value: boolean, act: () => Promise<T>): Promise<T> => {
  const before = isNoting;
  isNoting = value;
  return act().finally(() => {
    isNoting = before;
  });
};

/** Under the names that the resources have in the template. */
const note = (command: Parameters<typeof rightsFor>[0]): void => {
  for (const { action, arn } of rightsFor(command)) {
    const [table = '', ...rest] = arn.replace(/^.*:table\//, '').split('/');
    const named = names.has(table) ? `arn:aws:dynamodb:region:account:table/${[names.get(table), ...rest].join('/')}` : arn;
    used.set(`${action} ${named}`, { action, arn: named });
  }
};

const es = async (...args: readonly string[]): Promise<void> => {
  for (const spy of said) spy.mockReset().mockImplementation(() => {});
  const at = ['--outputs', join(folder, 'outputs.json'), '--endpoint', process.env['DYNAMODB_ENDPOINT'] ?? ''];
  const code = await noting(true, () => run([...args, ...at, '--domain', join(import.meta.dirname, '../domain')], folder));
  expect({ args, code, said: code === 0 ? '' : said.flatMap(({ mock }) => mock.calls).join('\n') }).toEqual({ args, code: 0, said: '' });
};

const place = (id: string) => {
  const data = { ...placement, fulfilledBy: 'marketplace' };
  return store.append(store.begin({ aggregate: 'order', id }), request({ type: 'PlaceOrder', data }, `place ${id}`), {
    events: [{ type: 'OrderPlaced', schema: 1, data }],
    folded: { fingerprint: foldingOf(order).fingerprint, state: { status: 'placed' } },
  });
};

// biome-ignore lint/suspicious/noExplicitAny: the input of any command of the SDK.
type Replies = Readonly<Record<string, (input: any) => object>>;

/** A service that notes each request and answers it. */
const answering = ({ prototype }: { readonly prototype: object }, replies: Replies): void => {
  const send = async (command: Parameters<typeof rightsFor>[0]) => {
    const { name } = command.constructor;
    if (isNoting) note(command);
    return replies[name]?.(command.input);
  };
  jest.spyOn(prototype as { send: typeof send }, 'send').mockImplementation(send);
};

const objects = new Map<string, string>();
const s3: Replies = {
  PutObjectCommand: ({ Bucket, Key, Body }) => objects.set(`${Bucket}/${Key}`, String(Body)),
  ListObjectsV2Command: ({ Bucket, Prefix }) => {
    const keys = [...objects.keys()].filter((key) => key.startsWith(`${Bucket}/${Prefix}`));
    return { Contents: keys.map((key) => ({ Key: key.slice(Bucket.length + 1) })) };
  },
  GetObjectCommand: ({ Bucket, Key }) => ({ Body: { transformToString: async () => objects.get(`${Bucket}/${Key}`) } }),
};

/** Of order-42 the saga runs, of 43 it has failed, of 44 it has not begun, and of 45 it waits for an event. */
const statuses = new Map(
  Object.entries({ 42: 'RUNNING', 43: 'FAILED', 45: 'RUNNING' }).map(([id, status]) => [
    executionName('fulfilment', `order-${id}@1`),
    status,
  ]),
);
const waiting = executionName('fulfilment', 'order-45@1');
const stepFunctions: Replies = {
  DescribeExecutionCommand: ({ executionArn }) => {
    const name = executionArn.split(':')[7];
    if (!statuses.has(name)) throw new ExecutionDoesNotExist({ message: 'gone', $metadata: {} });
    const input = { event: 'order-45@1', correlationId: 'c', context: { orderId: '45', totalCents: 1, lines: [] } };
    return { status: statuses.get(name), name, input: JSON.stringify(input), startDate: new Date() };
  },
  GetExecutionHistoryCommand: ({ executionArn }) => ({
    events: executionArn === executionArnOf(machine, waiting) ? [{ stateEnteredEventDetails: { name: 'TakePayment' } }] : [],
  }),
  ListExecutionsCommand: () => ({
    executions: [...statuses.keys()].map((name) => ({ executionArn: executionArnOf(machine, name), status: 'RUNNING' })),
  }),
  ...Object.fromEntries(
    ['StartExecution', 'RedriveExecution', 'SendTaskFailure', 'SendTaskSuccess'].map((name) => [`${name}Command`, () => ({})]),
  ),
};

beforeAll(async () => {
  Object.assign(process.env, { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  const client = engineClient();
  const [EventsTable, PointersTable, SagaTable] = [await createEventsTable(), await createPointersTable(), await createSagaTable()];
  const positions = await createReadTable(relayPositions);
  const tables: Record<string, string> = {};
  for (const one of domain.projections) tables[tableKey(one)] = await createReadTable(one);
  for (const table of Object.values(tables)) names.set(table, 'foldstream-test-ReadModelsany');
  for (const [table, name] of [
    [EventsTable, 'EventStoreEvents'],
    [PointersTable, 'PointersTable'],
    [SagaTable, 'SagasWaiting'],
    [positions, 'foldstream-test-RelayPositionsrelay'],
  ] as const)
    names.set(table, name);
  const outputs = {
    ...{ EventsTable, NamesTable: 'names', PointersTable, SagaTable, EventBus: 'RelayBus', OperatorFunction: 'CommandsOperators' },
    ...{ ReadModelTables: JSON.stringify(tables), RelayPositions: JSON.stringify({ [tableKey(relayPositions)]: positions }) },
    ...{ Anchors: 'AnchorBucket', DiscardedBatches: 'ProjectorDiscardedBucket', DiscardedByRelay: 'RelayDiscardedBucket' },
    SagaMachines: JSON.stringify({ fulfilment: machine }),
  };
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ 'foldstream-test': outputs }));

  const now = () => new Date();
  store = dynamoEventStore({ client, table: EventsTable, now });
  for (const id of ['42', '43', '44', '45']) await place(id);
  const complete: Revision = { state: 'complete', attempt: 1, isFirst: true, since: '2026-11-23T03:00:00.000Z', segments: [] };
  for (const { name, revision } of domain.projections)
    await dynamoPointers({ client, table: PointersTable }).write({
      ...{ projection: name, version: 1, leads: revision, revisions: { [revision]: complete } },
    });
  answering(S3Client, s3);
  const steps = anchorSteps({
    ...{ log: dynamoChainLog({ client, table: EventsTable }), now },
    store: s3Anchors({ client: new S3Client({ region: 'eu-central-1' }), bucket: 'AnchorBucket' }),
  });
  const { anchor, segments } = await steps.plan();
  const done = segments.map((segment) => steps.anchor({ anchor, segment, progress: { streams: 0, isDone: false } }, new Date(9e15)));
  await steps.complete({ anchor, segments: await Promise.all(done) });
  const batch = { Records: [{ dynamodb: { Keys: { stream: { S: 'order-42' }, version: { N: '1' } } } }] };
  for (const bucket of ['ProjectorDiscardedBucket', 'RelayDiscardedBucket'])
    objects.set(`${bucket}/1`, JSON.stringify({ payload: JSON.stringify(batch) }));

  const cases = dynamoOperatorCases({ client, table: SagaTable, now });
  const input = { event: 'order-42@1', correlationId: 'c', context: {} };
  const stuck = { saga: 'fulfilment', execution: 'e', does: 'ask-operator', state: 'Undo ReserveStock', failed: {}, input } as const;
  letOperatorsBeAsked = async (token) => cases.open({ ...stuck, token } as never);
  const step = {
    execution: waiting,
    step: 'TakePayment',
    index: 0,
    token: 't',
    saga: 'fulfilment',
    event: 'order-45@1',
    after: 0,
    timeoutSeconds: 900,
  };
  await dynamoSagaTokens({ client, table: SagaTable, now }).put({ ...step, stream: { aggregate: 'payment', id: '45' } } as never);

  answering(SFNClient, stepFunctions);
  answering(EventBridgeClient, {
    PutEventsCommand: ({ Entries }) => ({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'e' })) }),
  });
  answering(STSClient, { GetCallerIdentityCommand: () => ({ Arn: 'arn:aws:sts::111122223333:assumed-role/Operators/ada' }) });
  const record = actHandler(() => store);
  answering(LambdaClient, {
    InvokeCommand: async ({ Payload }) => {
      // What the function does is not among the rights of its caller.
      const text = JSON.stringify(await noting(false, () => record(JSON.parse(Payload))));
      return { Payload: { transformToString: () => text } };
    },
  });
  noteDynamo((command) => isNoting && note(command));
});
afterAll(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

let letOperatorsBeAsked: (token: string) => Promise<void>;
const why = ['--why', 'INC-42'];

test('the role of operators is what the verbs of es need, and no more', async () => {
  await es('audit', '--repair', ...why);
  await es('audit');
  await es('redrive', 'order-summary', 'order-42', ...why);
  await es('redrive', 'order-summary', '--all', ...why);
  await es('redrive', 'relay', '--all', ...why);
  await es('redrive', '--discarded', ...why);
  await es('parked');
  await es('projections');
  await es('projections', 'flip', 'order-summary@1', ...why);
  for (const [id, verb] of [
    ['42', '--retry'],
    ['42', '--give-up'],
    ['43', '--retry'],
    ['44', '--start'],
    ['45', '--abort'],
  ] as const) {
    if (id === '42') await letOperatorsBeAsked(verb);
    await es('sagas', 'fulfilment', `order-${id}@1`, verb, ...why);
  }
  await es('sagas');
  await es('sagas', '--revision');
  await es('sagas', 'fulfilment', '42', '--runs');
  await es('show', 'order-42');
  await es('tail', 'order-42');
  await es('tail');
  await es('export', '--out', join(folder, 'events'));
  await es('verify', '--anchor', 'all');
  await es('anchor', join(folder, 'heads'));
  await es('log');

  const granted = permissionsIn(synthesize()).filter(({ who, action }) => who === 'OperatorsRole' && action !== 'sts:AssumeRole');
  const all = [...used.values()];
  expect(all.filter(({ action, arn }) => !granted.some((one) => permits(one, action, arn)))).toEqual([]);
  expect(granted.filter((one) => !all.some(({ action, arn }) => permits(one, action, arn)))).toEqual([]);
  expect(granted.length).toBeGreaterThan(20);
}, 300_000);
