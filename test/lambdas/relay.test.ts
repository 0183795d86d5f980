import { EventBridgeClient, PutEventsCommand, type PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type { CommitItem } from '../../adapters/event-log/commit-item.ts';
import { takeLines } from '../support/log-lines.ts';
import { context, itemsOf, recordOf, type StreamHandler } from '../support/read-lambda.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const eventBridge = mockClient(EventBridgeClient);
let handler: StreamHandler;

beforeAll(async () => {
  const tables = { 'relay@1': 'positions' };
  Object.assign(process.env, { EVENTS_TABLE: 'events', READ_MODELS: JSON.stringify(tables), EVENT_BUS: 'bus', AWS_REGION: 'eu-central-1' });
  handler = (await import('../../lambdas/relay.ts')).handler as unknown as StreamHandler;
});
beforeEach(() => {
  dynamo.reset();
  eventBridge.reset();
  dynamo.on(GetCommand).resolves({}).on(PutCommand).resolves({}).on(QueryCommand).resolves({ Items: [] });
  eventBridge
    .on(PutEventsCommand)
    .callsFake(({ Entries = [] }: PutEventsCommandInput) => ({ Entries: Entries.map(() => ({ EventId: 'x' })) }));
  takeLines();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const placed = [
  {
    type: 'OrderPlaced',
    schema: 1,
    data: { customerId: 'cleo', lines: [{ productId: 'p', sellerId: 's', priceCents: 7, freightCents: 1 }] },
  },
];
const cancelled = [{ type: 'OrderCancelled', schema: 1, data: { reason: 'late' } }];
const registered = [{ type: 'CustomerRegistered', schema: 1, data: { name: 'Ada', email: 'ada@example.com' } }];
const records = (...items: readonly CommitItem[]): DynamoDBRecord[] => items.map((item, index) => recordOf(item, String(100 + index)));
const deliver = (...all: readonly DynamoDBRecord[]) => handler({ Records: [...all] }, context);
const entries = () => eventBridge.commandCalls(PutEventsCommand).flatMap(({ args }) => args[0].input.Entries ?? []);
const failures = (...numbers: readonly string[]) => ({ batchItemFailures: numbers.map((itemIdentifier) => ({ itemIdentifier })) });

test('the published events of a batch go to the bus, and the position is kept', async () => {
  expect(await deliver(...records(...itemsOf('order-1', placed, cancelled)))).toEqual(failures());
  expect(entries().map(({ EventBusName, Source, DetailType }) => [EventBusName, Source, DetailType])).toEqual([
    ['bus', 'orders', 'OrderPlaced.v1'],
    ['bus', 'orders', 'OrderCancelled.v1'],
  ]);
  expect(JSON.parse(entries()[0]?.Detail ?? '')).toMatchObject({ id: 'order-1@1', correlationid: 'c', data: { totalCents: 8 } });
  const puts = dynamo.commandCalls(PutCommand).map(({ args }) => args[0].input);
  expect(puts).toMatchObject([{ TableName: 'positions', Item: { key: 'stream#order-1', version: 2 } }]);
});

test('an aggregate without publications costs no request', async () => {
  expect(await deliver(...records(...itemsOf('customer-ada', registered)))).toEqual(failures());
  expect([dynamo.calls().length, eventBridge.calls().length]).toEqual([0, 0]);
});

test('Lambda is told to go on from the first record whose stream could not be finished', async () => {
  eventBridge.on(PutEventsCommand).callsFake(({ Entries = [] }: PutEventsCommandInput) => ({
    Entries: Entries.map(({ Detail = '' }) => (Detail.includes('order-2@') ? { ErrorCode: 'ThrottlingException' } : { EventId: 'x' })),
  }));
  const [first, second, third] = [itemsOf('order-1', placed), itemsOf('order-2', placed), itemsOf('order-3', placed)];
  expect(await deliver(...records(...first, ...second, ...third))).toEqual(failures('101'));
});

test('a record without its image is read from the table: so a stream is relayed by hand', async () => {
  const items = itemsOf('order-9', placed);
  dynamo.on(QueryCommand).callsFake(({ ExpressionAttributeValues }) => ({
    Items: items.filter(({ version }) => version >= ExpressionAttributeValues[':from']),
  }));
  expect(await deliver({ dynamodb: { Keys: { stream: { S: 'order-9' } } } })).toEqual(failures());
  expect(entries()).toHaveLength(1);
});

test('a parked event is published by a redrive after the repair, and only then', async () => {
  const items = itemsOf('order-9', placed);
  dynamo.on(QueryCommand).callsFake(({ ExpressionAttributeValues }) => ({
    Items: items.filter(({ version }) => version >= ExpressionAttributeValues[':from']),
  }));
  dynamo.on(GetCommand).resolves({
    Item: { key: 'stream#order-9', version: 0, recordedAt: '', parked: 'parked', fault: JSON.stringify({ stream: 'order-9' }) },
  });
  const Records = [{ dynamodb: { Keys: { stream: { S: 'order-9' } } } }];
  await handler({ Records }, context);
  expect(entries()).toHaveLength(0);
  await handler({ Records, retryParked: true } as DynamoDBStreamEvent, context);
  expect(entries()).toHaveLength(1);
  expect(dynamo.commandCalls(PutCommand).at(-1)?.args[0].input.Item).not.toHaveProperty('parked');
});

test('an event that only a newer release knows keeps the later ones from the bus, until a release knows it', async () => {
  const archived = [{ type: 'OrderArchived', schema: 1, data: {} }];
  expect(await deliver(...records(...itemsOf('order-n', placed, archived, cancelled)))).toEqual(failures());
  expect(entries().map(({ DetailType }) => DetailType)).toEqual(['OrderPlaced.v1']);
  const [put] = dynamo.commandCalls(PutCommand).map(({ args }) => args[0].input);
  expect(put?.Item).toMatchObject({ key: 'stream#order-n', version: 1 });
  expect(JSON.parse(String(put?.Item?.['fault']))).toMatchObject({ needs: { type: 'OrderArchived', schema: 1 } });
});

test('each minute the function publishes what waited for its release', async () => {
  const [first, second] = itemsOf('order-w', placed, cancelled) as [CommitItem, CommitItem];
  const items = [first, second];
  dynamo.on(QueryCommand).callsFake(({ ScanIndexForward }) => ({ Items: ScanIndexForward === false ? items.toReversed() : items }));
  const fault = { stream: 'order-w', eventId: 'order-w@2', error: '…', parkedAt: '2026-01-01T00:00:00.000Z' };
  const row = { key: 'stream#order-w', version: 1, recordedAt: '2026-01-01T00:00:01.000Z', parked: 'parked' };
  const item = { ...row, fault: JSON.stringify({ ...fault, needs: { type: 'OrderCancelled', schema: 1 } }) };
  dynamo
    .on(ScanCommand)
    .resolves({ Items: [item] })
    .on(GetCommand)
    .resolves({ Item: item });
  expect(await handler({ Records: [], wake: true } as never, context)).toEqual(failures());
  expect(entries().map(({ DetailType }) => DetailType)).toEqual(['OrderCancelled.v1']);
});
