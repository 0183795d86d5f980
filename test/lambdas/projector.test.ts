import { ProvisionedThroughputExceededException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type { CommitItem } from '../../adapters/event-log/commit-item.ts';
import { takeLines } from '../support/log-lines.ts';
import { context, itemsOf, recordOf, refusedBy, type StreamHandler } from '../support/read-lambda.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
let handler: StreamHandler;
let written: ReturnType<typeof takeLines>;
const tables = { 'order-summary@1': 'summaries', 'customer-totals@1': 'totals' };

beforeAll(async () => {
  const names = { EVENTS_TABLE: 'events', POINTERS_TABLE: 'pointers', READ_MODELS: JSON.stringify(tables) };
  Object.assign(process.env, { ...names, AWS_REGION: 'eu-central-1' });
  handler = (await import('../../lambdas/projector.ts')).handler as unknown as StreamHandler;
});
beforeEach(() => {
  dynamo.reset();
  dynamo
    .on(GetCommand)
    .resolves({})
    .on(QueryCommand)
    .resolves({ Items: [] })
    .on(PutCommand)
    .resolves({})
    .on(TransactWriteCommand)
    .resolves({});
  dynamo.on(BatchGetCommand).resolves({});
  written = takeLines();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ productId: `p${n}`, sellerId: 's', priceCents: n, freightCents: 1 }));
const placed = (count = 1) => [{ type: 'OrderPlaced', schema: 1, data: { customerId: 'cleo', lines: lines(count) } }];
const approved = [{ type: 'OrderApproved', schema: 1, data: {} }];
const records = (...items: readonly CommitItem[]): DynamoDBRecord[] => items.map((item, index) => recordOf(item, String(100 + index)));
const deliver = (...all: readonly DynamoDBRecord[]) => handler({ Records: [...all] }, context);
const summaries = () =>
  dynamo
    .commandCalls(PutCommand)
    .map(({ args }) => args[0].input)
    .filter(({ TableName }) => TableName === 'summaries');
/** The log has these items. */
const holds = (...items: readonly CommitItem[]) =>
  dynamo.on(QueryCommand).callsFake(({ ExpressionAttributeValues, ScanIndexForward }) => {
    const Items = items.filter(({ version }) => version >= ExpressionAttributeValues[':from']);
    return { Items: ScanIndexForward === false ? Items.toReversed() : Items };
  });
const throttled = new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
const failures = (...numbers: readonly string[]) => ({ batchItemFailures: numbers.map((itemIdentifier) => ({ itemIdentifier })) });

test('an empty batch is done', async () => expect(await deliver()).toEqual(failures()));

test('a new order is one put of its summary and one transaction of its totals', async () => {
  expect(await deliver(...records(...itemsOf('order-1', placed(), approved)))).toEqual(failures());
  expect(summaries()).toHaveLength(1);
  expect(summaries()[0]?.Item).toMatchObject({ key: '1', version: 2, customerId: 'cleo' });
  const [transaction] = dynamo.commandCalls(TransactWriteCommand);
  const rows = transaction?.args[0].input.TransactItems?.map(({ Put }) => [Put?.TableName, Put?.Item?.['key'], Put?.Item?.['version']]);
  expect(rows).toEqual(
    expect.arrayContaining([
      ['totals', 'cleo', 1],
      ['totals', 'stream#order-1', 2],
    ]),
  );
  expect(dynamo.commandCalls(QueryCommand)).toHaveLength(0);
});

test('a commit that was compressed comes as base64 text, and is read', async () => {
  const [item] = itemsOf('order-2', placed(60)) as [CommitItem];
  expect(item.events).toBeInstanceOf(Uint8Array);
  const [record] = records(item) as [DynamoDBRecord];
  expect(typeof record.dynamodb?.NewImage?.['events']?.B).toBe('string');
  expect(await deliver(record)).toEqual(failures());
  expect(JSON.parse(String(summaries()[0]?.Item?.['document']))).toMatchObject({ lines: 60 });
  expect(dynamo.commandCalls(QueryCommand)).toHaveLength(0);
});

test('if several streams fail, Lambda gets the first failed record', async () => {
  const [one, two, three] = ['a', 'b', 'c'].map((id) => itemsOf(`order-${id}`, placed(), approved)) as [
    CommitItem[],
    CommitItem[],
    CommitItem[],
  ];
  dynamo.on(PutCommand).callsFake(({ Item }) => {
    if (Item.key !== 'a') throw throttled;
  });
  const batch = records(one[0] as CommitItem, two[0] as CommitItem, three[0] as CommitItem, one[1] as CommitItem, two[1] as CommitItem);
  expect(await deliver(...batch)).toEqual(failures('101'));
  expect(summaries().map(({ Item }) => Item?.['key'])).toEqual(expect.arrayContaining(['a', 'b', 'c']));
});

test('if documents of many streams fail, all of their streams are delivered again', async () => {
  dynamo.on(TransactWriteCommand).rejects(throttled);
  expect(await deliver(...records(...itemsOf('order-x', placed()), ...itemsOf('order-y', placed())))).toEqual(failures('100'));
  expect(summaries()).toHaveLength(2);
});

test('the function tries a transaction again that other writers cancelled', async () => {
  const cancelled = (...codes: readonly string[]) =>
    new TransactionCanceledException({ message: '', $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) });
  dynamo
    .on(TransactWriteCommand)
    .rejectsOnce(cancelled('None', 'ConditionalCheckFailed'))
    .rejectsOnce(cancelled('TransactionConflict', 'None'))
    .resolves({});
  expect(await deliver(...records(...itemsOf('order-z', placed())))).toEqual(failures());
  expect(dynamo.commandCalls(TransactWriteCommand)).toHaveLength(3);
});

test('a transaction cancelled by throttling is reported to Lambda, and its stream is not parked', async () => {
  const reasons = [{ Code: 'None' }, { Code: 'ThrottlingError' }];
  dynamo.on(TransactWriteCommand).rejects(new TransactionCanceledException({ message: '', $metadata: {}, CancellationReasons: reasons }));
  expect(await deliver(...records(...itemsOf('order-t', placed())))).toEqual(failures('100'));
  expect(dynamo.commandCalls(PutCommand).filter(({ args }) => args[0].input.Item?.['parked'] !== undefined)).toEqual([]);
});

// DynamoDB refuses a plain put while a transaction is at work on the same item.
test('the function tries a put again that met a transaction', async () => {
  const conflict = Object.assign(new Error('Transaction is ongoing for the item'), {
    name: 'TransactionConflictException',
    $fault: 'client',
  });
  dynamo.on(PutCommand).rejectsOnce(conflict).resolves({});
  expect(await deliver(...records(...itemsOf('order-u', placed())))).toEqual(failures());
});

test('poison is parked, and the batch is done', async () => {
  const wrong = [{ type: 'OrderCancelled', schema: 1, data: { reason: 7 } }];
  expect(await deliver(...records(...itemsOf('order-p', placed(), wrong), ...itemsOf('order-q', placed())))).toEqual(failures());
  const parked = summaries().find(({ Item }) => Item?.['parked'] !== undefined);
  expect(parked?.Item).toMatchObject({ key: 'p', version: 1, parked: 'parked' });
  expect(JSON.parse(String(parked?.Item?.['fault']))).toMatchObject({ stream: 'order-p', eventId: 'order-p@2' });
});

test('commits that came before are dropped', async () => {
  const items = itemsOf('order-d', placed(), approved);
  dynamo.on(PutCommand).rejects(refusedBy({}));
  dynamo.on(GetCommand).resolves({ Item: { key: 'd', version: 2, recordedAt: '2026-01-01T00:00:01.000Z' } });
  expect(await deliver(...records(...items))).toEqual(failures());
});

test('a gap is read from the log, strongly', async () => {
  const [first, second] = itemsOf('order-g', placed(), approved) as [CommitItem, CommitItem];
  holds(first, second);
  expect(await deliver(...records(second))).toEqual(failures());
  expect(dynamo.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({ TableName: 'events', ConsistentRead: true });
  expect(summaries()[0]?.Item).toMatchObject({ version: 2 });
});

test('a record that cannot be read is read from the log instead', async () => {
  const items = itemsOf('order-r', placed(), approved);
  const [good, bad] = records(...items) as [DynamoDBRecord, DynamoDBRecord];
  holds(...items);
  expect(await deliver(good, { ...bad, dynamodb: { ...bad.dynamodb, NewImage: { stream: { S: 'order-r' } } } })).toEqual(failures());
  expect(summaries()[0]?.Item).toMatchObject({ key: 'r', version: 2 });
});

test('an aggregate that no projection listens to is ignored', async () => {
  const [item] = itemsOf('customer-1', [{ type: 'CustomerLeft', schema: 1, data: {} }]) as [CommitItem];
  expect(await deliver(...records(item))).toEqual(failures());
  expect(dynamo.calls()).toEqual([]);
});

test('an item whose key is not the name of a stream holds up no other', async () => {
  const [odd, good] = [itemsOf('order-v', placed()), itemsOf('order-w', placed())];
  const [record] = records(...odd) as [DynamoDBRecord];
  const keys = { stream: { S: 'no address' }, version: { N: '1' } };
  await deliver({ ...record, dynamodb: { ...record.dynamodb, Keys: keys } }, ...records(...good));
  expect(summaries().map(({ Item }) => Item?.['key'])).toContain('w');
});

test('a failing stream is logged under the ids that caused it, and counted', async () => {
  dynamo.on(PutCommand).rejects(throttled);
  expect(await deliver(...records(...itemsOf('order-7', placed())))).toEqual(failures('100'));
  expect(written.said()).toMatchObject([
    {
      ...{ level: 'ERROR', stream: 'order-7', commandId: 'command-0', correlationId: 'c', causationId: 'command-0' },
      error: { message: expect.stringContaining('slow down'), stack: expect.stringContaining('slow down') },
    },
  ]);
  expect(written.measured()).toMatchObject([{ deliveriesFailed: 1 }]);
});

test('a repeated delivery is dropped, and counted for each read model', async () => {
  const items = itemsOf('order-8', placed(), approved);
  holds(...items);
  const has = (key: string) => ({ Item: { key, version: 2, recordedAt: '2026-01-01T00:00:01.000Z' } });
  dynamo
    .on(GetCommand, { TableName: 'summaries' })
    .resolves(has('8'))
    .on(GetCommand, { TableName: 'totals' })
    .resolves(has('stream#order-8'));
  expect(await deliver(...records(...items).slice(1))).toEqual(failures());
  expect(written.measured()).toMatchObject([{ duplicatesDropped: [1, 1] }]);
});

test('an event that only a newer release knows is waited for, and the batch is done', async () => {
  const archived = [{ type: 'OrderArchived', schema: 1, data: {} }];
  expect(await deliver(...records(...itemsOf('order-n', placed(), archived)))).toEqual(failures());
  const waiting = summaries().find(({ Item }) => Item?.['parked'] !== undefined);
  expect(waiting?.Item).toMatchObject({ key: 'n', version: 1 });
  expect(JSON.parse(String(waiting?.Item?.['fault']))).toMatchObject({ eventId: 'order-n@2', needs: { type: 'OrderArchived', schema: 1 } });
});

test('each minute the function brings up the streams that waited for its release', async () => {
  const [first, second] = itemsOf('order-w', placed(), approved) as [CommitItem, CommitItem];
  holds(first, second);
  const fault = { stream: 'order-w', eventId: 'order-w@2', error: 'NewerRelease: …', parkedAt: '2026-01-01T00:00:00.000Z' };
  const row = { key: 'w', version: 1, recordedAt: '2026-01-01T00:00:01.000Z', parked: 'parked' };
  const item = { ...row, fault: JSON.stringify({ ...fault, needs: { type: 'OrderApproved', schema: 1 } }) };
  dynamo
    .on(ScanCommand)
    .resolves({ Items: [] })
    .on(ScanCommand, { TableName: 'summaries' })
    .resolves({ Items: [item] });
  dynamo.on(GetCommand, { TableName: 'summaries' }).resolves({ Item: item });
  expect(await handler({ Records: [], wake: true } as never, context)).toEqual(failures());
  const scans = dynamo.commandCalls(ScanCommand).map(({ args }) => [args[0].input.TableName, args[0].input.IndexName]);
  expect(scans).toEqual([
    ['summaries', 'parked'],
    ['totals', 'parked'],
  ]);
  expect(summaries().at(-1)?.Item).toMatchObject({ key: 'w', version: 2 });
  expect(summaries().at(-1)?.Item).not.toHaveProperty('parked');
});
