import { DeleteCommand, DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { whole as domain } from '../former/members.ts';
import { takeLines } from '../support/log-lines.ts';
import { context, itemsOf } from '../support/read-lambda.ts';

// A notice of an event that this release drops may wait in a queue. Each function acknowledges it, and does nothing.

const dynamo = mockClient(DynamoDBDocumentClient);
type Handler = (event: unknown, context: Context) => Promise<unknown>;
const names = ['saga-starter', 'saga-listener', 'reactions', 'reminders', 'outbound-requests'] as const;
const handlers = new Map<string, Handler>();

beforeAll(async () => {
  Object.assign(process.env, {
    ...{ AWS_REGION: 'eu-central-1', EVENTS_TABLE: 'events', PARKED_COMMANDS: 'parked', EVENT_BUS: 'bus', SAGA_TABLE: 'waiting' },
    ...{ SAGA_MACHINES: '{}', SCHEDULES: '{}', ENDPOINTS: '{"bank":"http://127.0.0.1:1"}', AUDIT_UNITS_PER_SECOND: '750' },
  });
  jest.unstable_mockModule('#domain', () => ({ domain }));
  for (const name of names) handlers.set(name, (await import(`../../lambdas/${name}.ts`)).handler as Handler);
});
beforeEach(() => {
  dynamo.reset();
  dynamo.on(QueryCommand, { TableName: 'events' }).resolves({ Items: itemsOf('order-42', [{ type: 'OrderViewed', schema: 1, data: {} }]) });
  takeLines();
});

const queued = (body: object) => ({ Records: [{ body: JSON.stringify(body), attributes: { ApproximateReceiveCount: '1' } }] });
const notice = { 'detail-type': 'OrderViewed.v1', detail: { id: 'order-42@1', correlationid: 'c', causationid: 'k' } };
const handle = (name: string, event: unknown) => (handlers.get(name) as Handler)(event, context);
test.each(names)('%s', async (name) => {
  expect(await handle(name, queued(notice))).toBeUndefined();
  expect(dynamo.calls()).toHaveLength(1);
  expect(dynamo.commandCalls(QueryCommand, { TableName: 'events' })).toHaveLength(1);
});

test.each(names)('%s keeps the notice of an event that is not in the log', async (name) => {
  dynamo.on(QueryCommand, { TableName: 'events' }).resolves({ Items: [] });
  await expect(handle(name, queued(notice))).rejects.toMatchObject({ name: 'NotFound' });
});

describe('what it has parked is taken off the list when an operator sends it again', () => {
  test.each([
    ['reactions', 'reaction:noting'],
    ['outbound-requests', 'call:bank'],
    ['reminders', 'reminder:pay-up'],
  ])('by %s', async (name, process) => {
    const parked = {
      process,
      cause: 'order-42@1',
      place: 0,
      command: 'Note of ledger-1',
      code: 'Closed',
      message: '',
      since: '2026-01-01',
    };
    dynamo.on(QueryCommand, { TableName: 'parked' }).resolves({ Items: [{ parked }] });
    await handle(name, queued({ 'detail-type': 'SendAgain', detail: { id: 'x', data: { process, cause: 'order-42@1' } } }));
    const Key = { process, place: 'order-42@1/0' };
    expect(dynamo.commandCalls(DeleteCommand).map(({ args: [{ input }] }) => input)).toEqual([{ TableName: 'parked', Key }]);
  });
});
