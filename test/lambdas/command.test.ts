import { ProvisionedThroughputExceededException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { CommitItem } from '../../adapters/event-log/commit-item.ts';
import { takeLines } from '../support/log-lines.ts';
import { context, type HttpHandler, httpEvent, itemsOf, jsonOf, refusedBy } from '../support/read-lambda.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
let handler: HttpHandler;
let lines: ReturnType<typeof takeLines>;

beforeAll(async () => {
  Object.assign(process.env, { EVENTS_TABLE: 'events', AWS_REGION: 'eu-central-1', AUTH: 'none' });
  handler = (await import('../../lambdas/command.ts')).handler as unknown as HttpHandler;
});
beforeEach(() => {
  dynamo.reset();
  dynamo.on(QueryCommand).resolves({ Items: [] }).on(PutItemCommand).resolves({});
  lines = takeLines();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const placement = { customerId: 'cleo', lines: [{ productId: 'book', sellerId: 'ada', priceCents: 2990, freightCents: 410 }] };
const placed = [{ type: 'OrderPlaced', schema: 1, data: placement }];
const approved = [{ type: 'OrderApproved', schema: 1, data: {} }];
let orders = 0;
/** Every test has an order of its own, for the function remembers those that it has seen. */
const send = (command: string, body: unknown, headers: Readonly<Record<string, string>> = {}, id = `o-${++orders}`) =>
  handler(httpEvent('POST /{aggregate}/{id}/{command}', { params: { aggregate: 'order', id, command }, body, headers }), context);
const puts = () => dynamo.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => ({ ...input, Item: unmarshall(input.Item ?? {}) }));

test('a new command is one query and one put, on the table that the environment names', async () => {
  const answer = await send('PlaceOrder', placement, { 'idempotency-key': 'k', 'x-correlation-id': 'trace' }, 'new-1');
  expect(answer).toMatchObject({
    statusCode: 200,
    headers: { etag: '"1"', 'content-type': 'application/json', 'x-correlation-id': 'trace' },
  });
  expect(jsonOf(answer)).toEqual({
    aggregate: 'order',
    id: 'new-1',
    version: 1,
    events: [{ type: 'OrderPlaced', version: 1 }],
    token: 'order-new-1@1',
  });
  expect(dynamo.calls()).toHaveLength(2);
  const [put] = puts();
  expect(put).toMatchObject({
    TableName: 'events',
    ConditionExpression: 'attribute_not_exists(#stream)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    Item: { stream: 'order-new-1', version: 1, count: 1, command: ',k', correlation: 'trace' },
  });
  expect(JSON.parse(String(put?.Item?.['events']))).toEqual(placed);
});

test('the next command on the same order reads nothing: the function remembers its tail', async () => {
  await send('PlaceOrder', placement, {}, 'warm-1');
  const before = dynamo.calls().length;
  expect(jsonOf(await send('ApproveOrder', {}, {}, 'warm-1'))).toMatchObject({ version: 2 });
  expect(
    dynamo
      .calls()
      .slice(before)
      .map(({ args }) => args[0].constructor.name),
  ).toEqual(['PutItemCommand']);
});

test('a command without a body has no data', async () => {
  dynamo.on(QueryCommand).resolves({ Items: itemsOf('order-bare', placed).reverse() });
  expect(await send('ApproveOrder', undefined, {}, 'bare')).toMatchObject({ statusCode: 200 });
});

test('its own write, found after the answer was lost, is a success', async () => {
  dynamo.on(PutItemCommand).callsFake((input) => {
    throw refusedBy(unmarshall(input.Item ?? {}) as CommitItem);
  });
  const answer = await send('PlaceOrder', placement, { 'idempotency-key': 'lost' });
  expect(answer).toMatchObject({ statusCode: 200, headers: { 'idempotent-replayed': 'true' } });
  expect(puts()).toHaveLength(1);
});

test("a command decides again after another writer's commit: a refusal, confirmed by a consistent read", async () => {
  const theirs = itemsOf('order-race', placed);
  dynamo.on(QueryCommand).resolvesOnce({ Items: [] }).resolves({ Items: theirs });
  dynamo.on(PutItemCommand).rejects(refusedBy(theirs[0] as CommitItem));
  const answer = await send('PlaceOrder', placement, {}, 'race');
  expect(answer).toMatchObject({ statusCode: 409, headers: { 'content-type': 'application/problem+json' } });
  expect(jsonOf(answer)).toMatchObject({ status: 409, code: 'OrderAlreadyPlaced' });
  expect(dynamo.commandCalls(QueryCommand).at(-1)?.args[0].input).toMatchObject({ ConsistentRead: true });
});

test("a command decides again after another writer's commit: its events are appended after it", async () => {
  const [first, theirs] = itemsOf('order-top', placed, approved) as [CommitItem, CommitItem];
  dynamo.on(QueryCommand).resolves({ Items: [first] });
  dynamo.on(PutItemCommand).rejectsOnce(refusedBy(theirs)).resolves({});
  expect(jsonOf(await send('ShipOrder', {}, {}, 'top')).code).toBe('OrderNotApproved');
  expect(jsonOf(await send('CancelOrder', { reason: 'late' }, {}, 'top'))).toMatchObject({
    version: 3,
    events: [{ type: 'OrderCancelled', version: 3 }],
  });
});

const throttled = new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
test.each([
  ['throttled', throttled],
  ['a timeout', Object.assign(new Error('socket hang up'), { name: 'TimeoutError' })],
  [
    'an error of the service',
    Object.assign(new Error('internal'), { name: 'InternalServerError', $fault: 'server', $metadata: { httpStatusCode: 500 } }),
  ],
])('%s is 503, may be sent again, and the answer has no internal detail', async (_, error) => {
  for (const command of [QueryCommand, PutItemCommand]) {
    dynamo.reset();
    dynamo.on(QueryCommand).resolves({ Items: [] });
    dynamo.on(command as typeof PutItemCommand).rejects(error);
    const answer = await send('PlaceOrder', placement);
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1', 'content-type': 'application/problem+json' } });
    expect(jsonOf(answer)).toMatchObject({ code: 'Unavailable', correlationId: expect.stringMatching(/^request-/) });
    expect(answer.body).not.toContain(error.message);
  }
});

test('a bug is 500 without detail, and a line in the log under the same correlation id', async () => {
  dynamo.on(QueryCommand).rejects(Object.assign(new Error('secret inside'), { name: 'AccessDeniedException' }));
  const answer = await send('PlaceOrder', placement, { 'x-correlation-id': 'find-me' });
  expect(answer.statusCode).toBe(500);
  expect(jsonOf(answer)).toEqual({
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    code: 'InternalError',
    correlationId: 'find-me',
  });
  expect(lines.said()).toMatchObject([
    {
      ...{ level: 'ERROR', message: 'failed', status: 500, correlationId: 'find-me', route: 'POST /{aggregate}/{id}/{command}' },
      error: { name: 'AccessDeniedException', message: 'secret inside', stack: expect.stringContaining('secret inside') },
    },
  ]);
});

test('bad input sends no request to a table', async () => {
  expect((await send('PlaceOrder', '{')).statusCode).toBe(400);
  expect((await send('PlaceOrder', {})).statusCode).toBe(400);
  expect((await send('constructor', placement)).statusCode).toBe(404);
  expect(dynamo.calls()).toEqual([]);
});
