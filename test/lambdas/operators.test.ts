import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { actsOf, monthOf } from '../../core/operate/acts.ts';
import { actHandler } from '../support/act-function.ts';
import { takeLines } from '../support/log-lines.ts';
import { context, httpEvent } from '../support/read-lambda.ts';

// The function of commands, invoked by the alias of operators, and otherwise.

const dynamo = mockClient(DynamoDBDocumentClient);
let handler: (event: unknown, context: Context) => Promise<unknown>;
let lines: ReturnType<typeof takeLines>;

beforeAll(async () => {
  Object.assign(process.env, { EVENTS_TABLE: 'events', AWS_REGION: 'eu-central-1', AUTH: 'none' });
  handler = (await import('../../lambdas/command.ts')).handler as unknown as typeof handler;
});
beforeEach(() => {
  dynamo.reset();
  dynamo.on(QueryCommand).resolves({ Items: [] }).on(PutItemCommand).resolves({});
  lines = takeLines();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const arn = 'arn:aws:lambda:eu-central-1:111122223333:function:shop-Commands';
const byAlias = { ...context, invokedFunctionArn: `${arn}:operators` };
const ofApi = { ...context, invokedFunctionArn: arn };
const month = monthOf(new Date());
const data = { id: 'act-0001', act: 'redrive', target: 'order-summary order-42', why: 'INC-42' };
const call = (change: object = {}, command: object = { type: 'BeginAct', data }) => ({
  ...{ month, command, commandId: 'act-0001', correlationId: 'act-0001', causationId: 'act-0001', who: 'ada' },
  ...change,
});
const puts = () => dynamo.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => unmarshall(input.Item ?? {}));

test('an act is a commit of the month, with who did it', async () => {
  expect(await handler(call(), byAlias)).toEqual({ event: `system-${month}@1` });
  const [item] = puts();
  expect(item).toMatchObject({ stream: `system-${month}`, version: 1, command: 'act-0001', actor: 'ada', by: 'operator:es' });
  expect(JSON.parse(String(item?.['events']))).toEqual([{ type: 'ActBegun', schema: 1, data }]);
  expect(lines.said()).toMatchObject([{ message: 'done', correlationId: 'act-0001' }]);
});

test('an operator cannot send an HTTP request, which could name any caller', async () => {
  const event = httpEvent('POST /{aggregate}/{id}/{command}', {
    params: { aggregate: 'order', id: '1', command: 'ShipOrder' },
    body: {},
  });
  expect(await handler(event, byAlias)).toEqual({ refused: { code: 'InvalidData', message: expect.stringMatching(/^call: month: /) } });
  expect(await handler({ ...event, ...call({}, { type: 'ShipOrder', data: {} }) }, byAlias)).toMatchObject({
    refused: { code: 'UnknownCommand' },
  });
  expect(dynamo.calls()).toEqual([]);
});

test.each([
  ['without an alias', ofApi],
  ['by another alias', { ...context, invokedFunctionArn: `${arn}:live` }],
  ['by a function of that name', { ...context, invokedFunctionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:operators' }],
])('no act is recorded %s', async (_, invoked) => {
  const event = { ...httpEvent('POST /{aggregate}/{id}/{command}', { params: { aggregate: 'system', id: month, command: 'BeginAct' } }) };
  expect(await handler({ ...event, ...call(), body: JSON.stringify(data) }, invoked as Context)).toMatchObject({ statusCode: 404 });
  expect(puts()).toEqual([]);
});

test.each<[string, object, string]>([
  ['a month that it is not', call({ month: '2020-01' }), 'InvalidRequest'],
  ['a month that is none', call({ month: '../x' }), 'InvalidData'],
  ['no name', call({ who: '' }), 'InvalidData'],
  ['the id of a client', call({ commandId: ',k' }), 'InvalidData'],
  ['an act without a target', call({}, { type: 'BeginAct', data: { ...data, target: '' } }), 'InvalidData'],
  [
    'the end of an act that has not begun',
    call({ commandId: 'end' }, { type: 'EndAct', data: { id: 'act-0009', outcome: 'done', result: 'x' } }),
    'UnknownAct',
  ],
])('%s is refused', async (_, event, code) => {
  expect(await handler(event, byAlias)).toMatchObject({ refused: { code } });
  expect(puts()).toEqual([]);
});

test('a repeated call is recorded once, and gets the same answer', async () => {
  const store = memoryEventStore(() => new Date());
  const record = actHandler(() => store);
  const end = call({ commandId: 'act-0001.end' }, { type: 'EndAct', data: { id: 'act-0001', outcome: 'done', result: 'x' } });
  for (const [event, version] of [
    [call(), 1],
    [call(), 1],
    [end, 2],
    [end, 2],
    [call(), 1],
  ] as const)
    expect(await record(event)).toEqual({ event: `system-${month}@${version}` });
  expect((await store.read(actsOf(month), { from: 1, limit: 10 })).commits).toHaveLength(2);
});

test('an e-mail address is refused, with the remedy, and is not repeated', async () => {
  const answer = await handler(call({ who: 'ROLE/ada@example.com' }), byAlias);
  expect(answer).toMatchObject({ refused: { code: 'Forbidden', message: expect.stringMatching(/--who.*emailActors/) } });
  expect(JSON.stringify(answer)).not.toContain('example.com');
  expect(puts()).toEqual([]);
});

test('a bug is an error of the function', async () => {
  dynamo.on(PutItemCommand).rejects(Object.assign(new Error('secret inside'), { name: 'AccessDeniedException' }));
  await expect(handler(call({ commandId: 'act-9' }), byAlias)).rejects.toThrow('secret inside');
});
