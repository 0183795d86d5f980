import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { propertiesOf, synthesize } from '../stack/synthesize.ts';
import { takeLines } from '../support/log-lines.ts';
import { itemsOf } from '../support/read-lambda.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
let handler: (event: unknown, context: unknown) => Promise<unknown>;
const tables = { 'order-summary@1': 'summaries', 'customer-totals@1': 'totals', 'relay@1': 'positions' };
let lines: ReturnType<typeof takeLines>;

beforeAll(async () => {
  const names = {
    EVENTS_TABLE: 'events',
    POINTERS_TABLE: 'pointers',
    AUDIT_UNITS_PER_SECOND: '750',
    READ_MODELS: JSON.stringify(tables),
    POWERTOOLS_SERVICE_NAME: 'foldstream-test',
    POWERTOOLS_LOG_LEVEL: 'WARN',
  };
  Object.assign(process.env, { ...names, AWS_REGION: 'eu-central-1' });
  handler = (await import('../../lambdas/audit.ts')).handler as unknown as typeof handler;
});
beforeEach(() => {
  dynamo.reset();
  dynamo.on(GetCommand).resolves({}).on(BatchGetCommand).resolves({ Responses: {} });
  lines = takeLines();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const run = (event: object) => handler(event, { getRemainingTimeInMillis: () => 60_000 });
const nothing = { streams: 0, missing: 0, parked: 0, ahead: 0, isDone: false };

test('only complete revisions and the relay are audited', async () => {
  const revision = (state: string) => ({ state, attempt: 1, isFirst: true, since: '2026-01-01T00:00:00.000Z', segments: [] });
  dynamo.on(GetCommand, { TableName: 'pointers' }).callsFake(({ Key: { projection } }) => ({
    Item: { projection, version: 1, revisions: { 1: revision(projection === 'order-summary' ? 'complete' : 'filling') } },
  }));
  expect(await run({ step: 'plan' })).toMatchObject({
    projections: [
      { projection: 'order-summary', revision: 1 },
      { projection: 'relay', revision: 1 },
    ],
  });
});

test('missing events are reported, stream by stream, and nothing is written', async () => {
  const [item] = itemsOf('order-42', [{ type: 'OrderApproved', schema: 1, data: {} }]);
  for (const read of [ScanCommand, QueryCommand] as const) dynamo.on(read as typeof ScanCommand).resolves({ Items: [item as object] });
  const projections = [{ projection: 'order-summary', revision: 1 }];
  const step = { step: 'audit', projections, segment: { index: 0, of: 1 }, progress: nothing };
  expect(await run(step)).toMatchObject({ streams: 1, missing: 1, isDone: true });
  expect(lines.said()).toMatchObject([{ finding: { projection: 'order-summary', revision: 1, stream: 'order-42', kind: 'missing' } }]);
  expect(dynamo.commandCalls(PutCommand)).toEqual([]);
});

test('a stream that is not finished when the time is up is judged once, by the next step', async () => {
  const approved = [{ type: 'OrderApproved', schema: 1, data: {} }];
  const [first, second] = itemsOf('order-42', approved, approved);
  const key = { stream: 'order-42', version: 1 };
  dynamo.on(ScanCommand).resolvesOnce({ Items: [first as object], LastEvaluatedKey: key });
  dynamo.on(ScanCommand, { ExclusiveStartKey: key }).resolves({ Items: [second as object] });
  dynamo.on(QueryCommand).resolves({ Items: [second as object] });
  const step = { step: 'audit', projections: [{ projection: 'order-summary', revision: 1 }], segment: { index: 0, of: 1 } };
  const progress = await handler({ ...step, progress: nothing }, { getRemainingTimeInMillis: () => 0 });
  const pace = { nextAt: expect.any(String), part: 1 };
  const open = { ...key, recordedAt: expect.any(String) };
  expect(progress).toEqual({ ...nothing, streams: 1, cursor: JSON.stringify(key), open, pace });
  expect(await run({ ...step, progress: JSON.parse(JSON.stringify(progress)) })).toEqual({
    ...nothing,
    streams: 1,
    missing: 1,
    isDone: true,
  });
  expect(lines.said()).toHaveLength(1);
});

test('unpublished events are missing, and a stream without publications is not read', async () => {
  const items = [
    ...itemsOf('order-42', [{ type: 'OrderApproved', schema: 1, data: {} }]),
    ...itemsOf('customer-ada', [{ type: 'CustomerRegistered', schema: 1, data: { name: 'Ada', email: 'ada@example.com' } }]),
  ];
  dynamo.on(ScanCommand).resolves({ Items: items });
  dynamo.on(QueryCommand).resolves({ Items: items.slice(0, 1) });
  const step = { step: 'audit', projections: [{ projection: 'relay', revision: 1 }], segment: { index: 0, of: 1 }, progress: nothing };
  expect(await run(step)).toMatchObject({ streams: 2, missing: 1, isDone: true });
  const [asked] = dynamo.commandCalls(BatchGetCommand).map(({ args }) => args[0].input.RequestItems);
  expect(asked?.['positions']?.Keys).toEqual([{ key: 'stream#order-42' }]);
  expect(lines.said()).toMatchObject([{ finding: { projection: 'relay', stream: 'order-42', kind: 'missing' } }]);
});

test.each(['missing', 'ahead'])('the total is the metric of the alarm: %s', async (name) => {
  const audits = [
    { ...nothing, streams: 5, [name]: 2 },
    { ...nothing, streams: 6, [name]: 1 },
  ];
  expect(await run({ step: 'report', audits })).toMatchObject({ streams: 11, [name]: 3 });
  const [line = {}] = lines.measured();
  const [directive] = line['_aws'].CloudWatchMetrics;
  const template = synthesize();
  const alarm = propertiesOf(template, 'AWS::CloudWatch::Alarm').find(({ MetricName }) => MetricName === name);
  const dimensions = directive.Dimensions[0].map((Name: string) => ({ Name, Value: line[Name] }));
  expect({ Namespace: directive.Namespace, Dimensions: dimensions }).toEqual({
    Namespace: alarm?.['Namespace'],
    Dimensions: alarm?.['Dimensions'],
  });
  expect(directive.Metrics).toContainEqual({ Name: name, Unit: 'Count' });
  expect(line[name]).toBe(3);
  expect(line[name] > Number(alarm?.['Threshold'])).toBe(true);
});
