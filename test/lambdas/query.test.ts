import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { cursorsWith } from '../../adapters/read-models/cursor.ts';
import { orderSummary } from '../domain/order/summary.ts';
import { takeLines } from '../support/log-lines.ts';
import { type Asked, context, type HttpHandler, httpEvent, itemsOf, jsonOf } from '../support/read-lambda.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const cursorKeys = ['this-key', 'the-key-before'] as const;
let handler: HttpHandler;
const tables = { 'order-summary@1': 'summaries', 'customer-totals@1': 'totals' };

beforeAll(async () => {
  const names = {
    EVENTS_TABLE: 'events',
    POINTERS_TABLE: 'pointers',
    READ_MODELS: JSON.stringify(tables),
    CURSOR_KEYS: cursorKeys.join(' '),
  };
  Object.assign(process.env, { ...names, AWS_REGION: 'eu-central-1', AUTH: 'none' });
  handler = (await import('../../lambdas/query.ts')).handler as unknown as HttpHandler;
});
beforeEach(() => {
  dynamo.reset();
  dynamo.on(GetCommand).resolves({}).on(QueryCommand).resolves({ Items: [] });
  takeLines();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const ask = (route: string, asked: Asked = {}) => handler(httpEvent(route, asked), context);
const document = { customerId: 'cleo', status: 'placed', lines: 1, totalCents: 3400, placedAt: '2026-01-01T00:00:00.000Z' };
const item = {
  key: '42',
  version: 3,
  recordedAt: '2026-01-01T00:00:02.000Z',
  document: JSON.stringify(document),
  customerId: 'cleo',
  placedAt: document.placedAt,
};
const approved = { type: 'OrderApproved', schema: 1, data: {} };
const summary = { params: { projection: 'order-summary', key: '42' } };

// First of all: from here on the instance knows it, and asks for no pointer any more.
test('until a projection is known to be complete its pointer is read beside the document', async () => {
  const complete = { state: 'complete', attempt: 1, isFirst: true, since: item.recordedAt, segments: [] };
  dynamo
    .on(GetCommand, { TableName: 'pointers' })
    .callsFake(({ Key: { projection } }) => ({ Item: { projection, version: 3, serves: 1, leads: 1, revisions: { 1: complete } } }));
  for (const projection of ['order-summary', 'order-summary', 'customer-totals', 'customer-totals'])
    await ask('GET /{projection}/{key}', { params: { projection, key: '42' } });
  expect(dynamo.commandCalls(GetCommand).map(({ args }) => args[0].input)).toEqual([
    { TableName: 'summaries', Key: { key: '42' }, ConsistentRead: false },
    { TableName: 'pointers', Key: { projection: 'order-summary' }, ConsistentRead: true },
    { TableName: 'summaries', Key: { key: '42' }, ConsistentRead: false },
    { TableName: 'totals', Key: { key: '42' }, ConsistentRead: false },
    { TableName: 'pointers', Key: { projection: 'customer-totals' }, ConsistentRead: true },
    { TableName: 'totals', Key: { key: '42' }, ConsistentRead: false },
  ]);
});

test('a document is one eventual GetItem on its table', async () => {
  dynamo.on(GetCommand).resolves({ Item: item });
  const answer = await ask('GET /{projection}/{key}', summary);
  expect(answer).toMatchObject({
    statusCode: 200,
    headers: {
      etag: '"3"',
      'last-modified': 'Thu, 01 Jan 2026 00:00:02 GMT',
      'cache-control': 'no-cache',
      'content-type': 'application/json',
    },
  });
  expect(jsonOf(answer)).toEqual(document);
  expect(dynamo.calls().map(({ args }) => args[0].input)).toEqual([{ TableName: 'summaries', Key: { key: '42' }, ConsistentRead: false }]);
});

test('a document with an unchanged ETag is not sent again', async () => {
  dynamo.on(GetCommand).resolves({ Item: item });
  const answer = await ask('GET /{projection}/{key}', { ...summary, headers: { 'if-none-match': '"1", "3"' } });
  expect(answer).toMatchObject({ statusCode: 304, body: '', headers: { etag: '"3"' } });
});

test('a document is brought up to a token from the log', async () => {
  const log = itemsOf(
    'order-42',
    [
      {
        type: 'OrderPlaced',
        schema: 1,
        data: { customerId: 'cleo', lines: [{ productId: 'b', sellerId: 's', priceCents: 1, freightCents: 2 }] },
      },
    ],
    [{ type: 'OrderApproved', schema: 1, data: {} }],
  );
  dynamo.on(QueryCommand).resolves({ Items: log });
  const answer = await ask('GET /{projection}/{key}', { ...summary, headers: { 'read-after': 'order-42@2' } });
  expect(answer).toMatchObject({ statusCode: 200, headers: { etag: '"2"' } });
  expect(jsonOf(answer)).toMatchObject({ status: 'approved', totalCents: 3 });
  expect(dynamo.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({ TableName: 'events', ConsistentRead: true });
});

test('a document of many streams that does not reach the token in time is 503', async () => {
  dynamo.on(QueryCommand).resolves({ Items: itemsOf('order-42', [approved], [approved]).slice(1) });
  const answer = await ask('GET /{projection}/{key}', {
    params: { projection: 'customer-totals', key: 'cleo' },
    headers: { 'read-after': 'order-42@2', prefer: 'wait=0' },
  });
  expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
  expect(dynamo.commandCalls(GetCommand)[0]?.args[0].input).toMatchObject({
    TableName: 'totals',
    Key: { key: 'stream#order-42' },
    ConsistentRead: true,
  });
});

test('a list is one Query on its index', async () => {
  dynamo.on(QueryCommand).resolves({ Items: [item], LastEvaluatedKey: { key: '42', customerId: 'cleo', placedAt: document.placedAt } });
  const answer = await ask('GET /{projection}', {
    params: { projection: 'order-summary' },
    query: { customerId: 'cleo', limit: '1', order: 'desc' },
  });
  expect(jsonOf(answer)).toEqual({ items: [{ key: '42', version: 3, recordedAt: item.recordedAt, document }], cursor: expect.any(String) });
  expect(dynamo.calls()[0]?.args[0].input).toMatchObject({
    TableName: 'summaries',
    IndexName: 'byCustomer',
    Limit: 1,
    ScanIndexForward: false,
  });

  const { cursor } = jsonOf(answer);
  await ask('GET /{projection}', {
    params: { projection: 'order-summary' },
    query: { customerId: 'cleo', limit: '1', order: 'desc', cursor },
  });
  expect(dynamo.calls()[1]?.args[0].input).toMatchObject({
    ExclusiveStartKey: { key: '42', customerId: 'cleo', placedAt: document.placedAt },
  });
});

describe('a cursor of another instance', () => {
  const query = { index: 'byCustomer', value: 'cleo', limit: 1, descending: false };
  const position = { key: '7', sort: document.placedAt };
  const askWith = (...keys: [string, ...string[]]) =>
    ask('GET /{projection}', {
      params: { projection: 'order-summary' },
      query: { customerId: 'cleo', limit: '1', cursor: cursorsWith(keys).ofList(orderSummary, query, position) },
    });

  test.each(cursorKeys)('of a deployment with the key %s continues its list', async (key) => {
    expect(await askWith(key)).toMatchObject({ statusCode: 200 });
    expect(dynamo.calls()[0]?.args[0].input).toMatchObject({
      ExclusiveStartKey: { key: '7', customerId: 'cleo', placedAt: document.placedAt },
    });
  });

  test('under any other key is refused before a table is read', async () => {
    const answer = await askWith('another', ...cursorKeys);
    expect(answer).toMatchObject({ statusCode: 400 });
    expect(jsonOf(answer)).toMatchObject({ code: 'InvalidCursor', detail: expect.stringContaining('begin with the first page again') });
    expect(dynamo.calls()).toEqual([]);
  });

  test('gets back a cursor that the current key seals', async () => {
    dynamo.on(QueryCommand).resolves({ Items: [item], LastEvaluatedKey: { key: '42', customerId: 'cleo', placedAt: document.placedAt } });
    const { cursor } = jsonOf(await askWith(cursorKeys[1]));
    expect(cursorsWith([cursorKeys[0]]).openList(orderSummary, query, cursor)).toEqual({ key: '42', sort: document.placedAt });
  });
});

test('the list of parked streams is one Query on its index', async () => {
  const fault = { stream: 'order-7', eventId: 'order-7@2', error: 'no', parkedAt: '2026-01-01T00:00:00.000Z' };
  dynamo.on(QueryCommand).resolves({ Items: [{ ...item, key: '7', parked: 'parked', fault: JSON.stringify(fault) }] });
  const answer = await ask('GET /parked/{projection}', { params: { projection: 'order-summary' } });
  expect(jsonOf(answer)).toEqual({ items: [fault] });
  expect(dynamo.calls()[0]?.args[0].input).toMatchObject({ TableName: 'summaries', IndexName: 'parked' });
});

const routes: readonly (readonly [string, Asked])[] = [
  ['GET /{projection}/{key}', summary],
  ['GET /{projection}', { params: { projection: 'order-summary' }, query: { customerId: 'cleo' } }],
  ['GET /parked/{projection}', { params: { projection: 'order-summary' } }],
  ['GET /streams/{aggregate}/{id}', { params: { aggregate: 'order', id: '42' } }],
  ['GET /streams/{aggregate}/{id}/state', { params: { aggregate: 'order', id: '42' } }],
];
test.each(routes)('throttled, %s is 503', async (route, asked) => {
  const error = new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
  dynamo.on(GetCommand).rejects(error).on(QueryCommand).rejects(error);
  expect(await ask(route, asked)).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
});

test.each(['GET /health', 'GET /openapi.json'])('%s reads no table', async (route) => {
  expect((await ask(route)).statusCode).toBe(200);
  expect(dynamo.calls()).toEqual([]);
});
