import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoOperatorCases } from '../../adapters/sagas/dynamo-operator-cases.ts';
import { dynamoSagaTokens } from '../../adapters/sagas/dynamo-saga-tokens.ts';
import { streamName } from '../../core/basics/stream.ts';
import type { WaitingStep } from '../../core/sagas/ports.ts';
import { createSagaTable, engineClient } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { faultyClient } from '../support/faults.ts';

let table: string;
beforeAll(async () => {
  table = await createSagaTable();
});
const now = () => new Date('2026-01-01T00:00:00.000Z');
const tokens = () => dynamoSagaTokens({ client: engineClient(), table, now });

const waiting = (change: Partial<WaitingStep> = {}): WaitingStep => ({
  stream: { aggregate: 'payment', id: randomUUID() },
  ...{ since: 1, saga: 'fulfilment', step: 'TakePayment', index: 0, execution: 'e', token: 'first', timeoutSeconds: 900 },
  ...change,
});

describe('waiting steps', () => {
  test('are found by the stream that they wait for, and by no other stream', async () => {
    const one = waiting();
    await tokens().put(one);
    await tokens().put({ ...one, index: 1 });
    expect(await tokens().waitingOn(one.stream)).toEqual([one, { ...one, index: 1 }]);
    expect(await tokens().waitingOn(waiting().stream)).toEqual([]);
  });

  test('are found among the waiting steps of their tenant', async () => {
    const { stream } = waiting();
    const of = (tenant?: string) => waiting({ stream: { ...stream, ...(tenant === undefined ? {} : { tenant }) }, token: String(tenant) });
    for (const tenant of ['a', 'a-b', undefined]) await tokens().put(of(tenant));
    for (const tenant of ['a', 'a-b', undefined]) expect(await tokens().waitingOn(of(tenant).stream)).toEqual([of(tenant)]);
    await tokens().delete(of('a'));
    expect(await tokens().waitingOn(of('a-b').stream)).toHaveLength(1);
  });

  test('wait under each of their tokens, because it is not known which of two tries is the last', async () => {
    const one = waiting();
    const other = { ...one, token: 'second' };
    for (const each of [other, one]) await tokens().put(each); // The first try says so late.
    expect(await tokens().waitingOn(one.stream)).toEqual(expect.arrayContaining([one, other]));
    await tokens().delete(one);
    expect(await tokens().waitingOn(one.stream)).toEqual([other]);
  });

  test('are removed, and may be removed twice', async () => {
    const one = waiting();
    await tokens().put(one);
    for (const _ of [1, 2]) await tokens().delete(one);
    expect(await tokens().waitingOn(one.stream)).toEqual([]);
  });

  test.each([900, 300 * 24 * 60 * 60])('are kept for a day longer than the %d seconds of their timeout', async (timeoutSeconds) => {
    const one = waiting({ timeoutSeconds });
    await tokens().put(one);
    const { Items } = await engineClient().send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: '#stream = :stream',
        ExpressionAttributeNames: { '#stream': 'stream' },
        ExpressionAttributeValues: { ':stream': streamName(one.stream) },
      }),
    );
    expect(Items?.map(({ expires }) => expires)).toEqual([now().getTime() / 1000 + timeoutSeconds + 24 * 60 * 60]);
  });

  test('are read with strong consistency, which DynamoDB uses only on request', async () => {
    const requests: unknown[] = [];
    const client = engineClient();
    client.middlewareStack.add(
      (next) => (args) => {
        requests.push(args.input);
        return next(args);
      },
      { step: 'initialize' },
    );
    await dynamoSagaTokens({ client, table, now }).waitingOn(waiting().stream);
    expect(requests).toMatchObject([{ TableName: table, ConsistentRead: true }]);
  });

  test('may be many', async () => {
    const one = waiting({ token: 'x'.repeat(8_000) });
    const all = Array.from({ length: 200 }, (_, index) => ({ ...one, index }));
    await Promise.all(all.map(tokens().put));
    expect(await tokens().waitingOn(one.stream)).toHaveLength(200); // More than a page of one megabyte.
  });
});

// Whatever one request meets, doing it once more leads to where one that met nothing leads to.
describe('an operation has its effect once, whichever fault it meets:', () => {
  eachFault('put, %s', async (fault) => {
    const { client, restart } = faultyClient({ fault, at: 1 });
    const one = waiting();
    const faulty = dynamoSagaTokens({ client, table, now });
    await faulty.put(one).catch(() => {});
    restart();
    await faulty.put(one);
    expect(await tokens().waitingOn(one.stream)).toEqual([one]);
  });
});
describe('a removal has its effect once, whichever fault it meets:', () => {
  eachFault('delete, %s', async (fault) => {
    const { client, restart } = faultyClient({ fault, at: 1 });
    const one = waiting();
    await tokens().put(one);
    const faulty = dynamoSagaTokens({ client, table, now });
    await faulty.delete(one).catch(() => {});
    restart();
    await faulty.delete(one);
    expect(await tokens().waitingOn(one.stream)).toEqual([]);
  });
});

test('the cases of operators are kept by saga, with what failed', async () => {
  const cases = dynamoOperatorCases({ client: engineClient(), table, now });
  const saga = `saga-${randomUUID()}`;
  const input = { event: 'order-42@1', correlationId: 'c', context: {} };
  const call = {
    saga,
    execution: 'e',
    input,
    does: 'ask-operator',
    state: 'Undo TakePayment',
    token: 'token',
    failed: { Error: 'Unavailable' },
  } as const;
  await cases.open(call);
  await cases.open({ ...call, token: 'again' }); // Of two tries nobody knows which is the last.
  const open = (await cases.of(saga)).toSorted((one, other) => one.token.localeCompare(other.token));
  const told = {
    ...{ saga, execution: 'e', event: 'order-42@1', state: 'Undo TakePayment', index: 0, row: expect.any(String) },
    ...{ failed: { Error: 'Unavailable' }, since: '2026-01-01T00:00:00.000Z' },
  };
  expect(open).toEqual([
    { ...told, token: 'again' },
    { ...told, token: 'token' },
  ]);
  for (const one of open) await cases.close(one);
  expect(await cases.of(saga)).toEqual([]);
});
