import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { takeLines } from '../support/log-lines.ts';
import { itemsOf } from '../support/read-lambda.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const s3 = mockClient(S3Client);
let handler: (event: unknown, context: unknown) => Promise<unknown>;

beforeAll(async () => {
  Object.assign(process.env, {
    EVENTS_TABLE: 'events',
    ANCHOR_BUCKET: 'anchors',
    AUDIT_UNITS_PER_SECOND: '40000',
    AWS_REGION: 'eu-central-1',
  });
  handler = (await import('../../lambdas/anchor.ts')).handler as unknown as typeof handler;
});
beforeEach(() => {
  for (const client of [dynamo, s3]) client.reset();
  s3.on(PutObjectCommand).resolves({});
  takeLines();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const run = (event: object, left = 60_000) => handler(event, { getRemainingTimeInMillis: () => left });
const puts = () => s3.commandCalls(PutObjectCommand).map(({ args }) => args[0].input);
const segment = { index: 3, of: 8 };
const approved = [{ type: 'OrderApproved', schema: 1, data: {} }];

test('the last commit of each stream of a segment is put under a free key, with its hash', async () => {
  const items = [...itemsOf('order-1', approved, approved), ...itemsOf('order-2', approved)];
  dynamo.on(ScanCommand).resolves({ Items: items });
  const progress = await run({ step: 'anchor', anchor: '2026-11-23T03:00:00.000Z', segment, progress: { streams: 0, isDone: false } });
  expect(progress).toEqual({
    streams: 2,
    last: expect.stringMatching(/^parts\/2026-11-23T03:00:00\.000Z\/3\/[0-9a-f]{64}$/),
    isDone: true,
  });
  const line = (name: string, item = items[0]) => `${name} ${item?.version} ${Buffer.from(item?.hash ?? []).toString('base64')}\n`;
  expect(puts()).toEqual([
    {
      Bucket: 'anchors',
      Key: (progress as { last: string }).last,
      Body: `${line('order-1', items[1])}${line('order-2', items[2])}# end ${(progress as { last: string }).last.split('/').at(-1)}\n`,
      IfNoneMatch: '*',
    },
  ]);
  const [asked] = dynamo.commandCalls(ScanCommand).map(({ args }) => args[0].input);
  expect(asked).toMatchObject({ TableName: 'events', Segment: 3, TotalSegments: 8, ConsistentRead: true });
});

test('a step that runs out of time returns its place, and the next one continues from there', async () => {
  const beginning = { index: 0, of: 8 }; // The others begin a moment later.
  const [first, second] = itemsOf('order-1', approved, approved);
  dynamo.on(ScanCommand).resolves({ Items: [first as object], LastEvaluatedKey: { stream: 'order-1', version: 1 } });
  const progress = await run({ step: 'anchor', anchor: 'a', segment: beginning, progress: { streams: 0, isDone: false } }, 0);
  expect(progress).toMatchObject({ streams: 0, isDone: false, open: { stream: 'order-1', version: 1 } });
  expect(puts()).toEqual([]);
  dynamo.on(ScanCommand).resolves({ Items: [second as object] });
  expect(await run({ step: 'anchor', anchor: 'a', segment: beginning, progress })).toMatchObject({ streams: 1, isDone: true });
  expect(dynamo.commandCalls(ScanCommand).at(-1)?.args[0].input.ExclusiveStartKey).toEqual({ stream: 'order-1', version: 1 });
  expect(puts().map(({ Body }) => String(Body))).toEqual([expect.stringMatching(/^order-1 2 \S+\n# end /)]);
});

test('an anchor is complete when its one last object is put', async () => {
  const done = [
    { streams: 2, last: 'parts/a/0/x', isDone: true },
    { streams: 0, isDone: true },
  ];
  expect(await run({ step: 'complete', anchor: 'a', segments: done })).toEqual({ anchor: 'a', streams: 2 });
  expect(puts()).toEqual([
    { Bucket: 'anchors', Key: 'complete/a', Body: '{"anchor":"a","streams":2,"parts":["parts/a/0/x"]}\n', IfNoneMatch: '*' },
  ]);
});

test('an existing object is that of this or an earlier try', async () => {
  s3.on(PutObjectCommand).rejects(Object.assign(new Error('there'), { name: 'PreconditionFailed' }));
  expect(await run({ step: 'complete', anchor: 'a', segments: [] })).toEqual({ anchor: 'a', streams: 0 });
  s3.on(PutObjectCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
  await expect(run({ step: 'complete', anchor: 'a', segments: [] })).rejects.toThrow('no');
});

test('an unknown step is refused', async () => {
  await expect(run({ step: 'forget' })).rejects.toThrow(/step/);
});
