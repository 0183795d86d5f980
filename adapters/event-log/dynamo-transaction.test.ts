import { type AttributeValue, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { Unavailable } from '../../core/basics/errors.ts';
import type { CommitItem } from './commit-item.ts';
import type { Place } from './commit-log.ts';
import { putInTransaction } from './dynamo-transaction.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const client = dynamo as unknown as DynamoDBDocumentClient;
const tables = { client, table: 'events', names: 'names' };
const item = { stream: 'acme/tally-1', version: 2, command: 'k1' } as CommitItem;
const put = (claimed: readonly string[], released: readonly string[] = [], unmoved: readonly Place[] = []) =>
  putInTransaction(tables, item, { claimed, released, unmoved });
const sent = () => dynamo.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.TransactItems);

type Reason = { readonly Code?: string; readonly Item?: Record<string, AttributeValue> };
const cancelled = (...reasons: readonly Reason[]) =>
  new TransactionCanceledException({ $metadata: {}, message: 'cancelled', CancellationReasons: [...reasons] });
const none = { Code: 'None' };
const failed = { Code: 'ConditionalCheckFailed' };
const winner = { stream: 'acme/tally-1', version: 2, command: 'k9' };

beforeEach(() => {
  dynamo.reset();
  dynamo.on(TransactWriteCommand).resolves({});
});

const condition = {
  ConditionExpression: 'attribute_not_exists(#name) OR #stream = :stream',
  ExpressionAttributeNames: { '#name': 'name', '#stream': 'stream' },
  ExpressionAttributeValues: { ':stream': 'acme/tally-1' },
};
const itsPut = {
  Put: {
    TableName: 'events',
    Item: item,
    ConditionExpression: 'attribute_not_exists(#stream)',
    ExpressionAttributeNames: { '#stream': 'stream' },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
};

test('the commit, the names it claims and the names it releases are one transaction, and a name is its tenant’s', async () => {
  expect(await put(['ada'], ['bob'])).toBeUndefined();
  expect(sent()).toEqual([
    [
      itsPut,
      { Put: { TableName: 'names', Item: { name: 'acme/ada', stream: 'acme/tally-1' }, ...condition } },
      { Delete: { TableName: 'names', Key: { name: 'acme/bob' }, ...condition } },
    ],
  ]);
});

test('what was read is a condition on the place of the next commit of each stream, and needs no table of names', async () => {
  const unmoved = ['acme/course-1', 'acme/course-2'].map((stream, index) => ({ stream, version: index + 1 }));
  expect(await putInTransaction({ client, table: 'events' }, item, { claimed: [], released: [], unmoved })).toBeUndefined();
  const { Item: _, ...unlessThere } = itsPut.Put;
  expect(sent()).toEqual([[itsPut, ...unmoved.map((Key) => ({ ConditionCheck: { ...unlessThere, Key } }))]]);
});

test('without a table of names it says so', async () => {
  await expect(putInTransaction({ client, table: 'events' }, item, { claimed: ['ada'], released: [], unmoved: [] })).rejects.toThrow(
    'no table of names is configured, and this commit claims some',
  );
});

describe('a transaction that was cancelled', () => {
  const fails = (...reasons: readonly Reason[]) => dynamo.on(TransactWriteCommand).rejects(cancelled(...reasons));

  test('because the place is taken answers the commit there, whatever the names say', async () => {
    fails({ ...failed, Item: marshall(winner) as Record<string, AttributeValue> }, failed, failed);
    expect(await put(['ada'], ['bob'])).toEqual([winner]);
    expect(sent()).toHaveLength(1);
  });

  test('because others have a name is a refusal that says which', async () => {
    fails(none, none, failed, none);
    await expect(put(['ada', 'eve'], ['bob'])).rejects.toMatchObject({ code: 'NameTaken', details: { name: 'eve' } });
  });

  test('because streams have moved answers the commits that moved them, before a name that is taken', async () => {
    const [one, other] = ['acme/course-1', 'acme/course-2'].map((stream) => ({ stream, version: 5 })) as [Place, Place];
    const inPlace = (there: object) => ({ ...failed, Item: marshall(there) as Record<string, AttributeValue> });
    fails(none, inPlace(one), inPlace(other), failed);
    expect(await put(['ada'], [], [one, other])).toEqual([one, other]);
    fails(inPlace(winner), none, inPlace(other), none);
    expect(await put(['ada'], [], [one, other])).toEqual([winner, other]);
    fails(none, none, none, failed);
    await expect(put(['ada'], [], [one, other])).rejects.toMatchObject({ code: 'NameTaken' });
    expect(sent()).toHaveLength(3);
  });

  const underWay = { Code: 'TransactionConflict' };
  test.each([
    ['the commit waits for it', [underWay, none, none]],
    ['a claimed name does', [none, underWay, none]],
    ['a claimed name does, and a released one is held by others', [none, underWay, failed]],
    ['a claimed name is held by others, and the commit waits', [underWay, failed, none]],
    ['a released name does', [none, none, underWay]],
  ])('because another transaction is under way says that nothing is known: %s', async (_, reasons) => {
    fails(...reasons);
    expect(await put(['ada'], ['bob'])).toEqual([]);
    expect(sent()).toHaveLength(1);
  });

  test.each([
    ['ThrottlingError', [none, { Code: 'ThrottlingError' }, none]],
    ['ThrottlingError', [{ Code: 'ThrottlingError' }, none, failed]],
    ['ConditionalCheckFailed', [failed, none, none]],
    ['it does not say why', []],
  ])('may be tried again: %s', async (why, reasons) => {
    fails(...reasons);
    const error = await put(['ada'], ['bob']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).toMatchObject({ message: `the transaction was cancelled: ${why}`, cause: expect.any(TransactionCanceledException) });
    expect(sent()).toHaveLength(1);
  });

  test('without a list of reasons may be tried again', async () => {
    dynamo.on(TransactWriteCommand).rejects(new TransactionCanceledException({ $metadata: {}, message: 'cancelled' }));
    await expect(put(['ada'])).rejects.toThrow('the transaction was cancelled: it does not say why');
  });

  test('only because others hold a released name is sent again without that name', async () => {
    dynamo
      .on(TransactWriteCommand)
      .rejectsOnce(cancelled({}, {}, none, failed))
      .resolves({});
    expect(await put(['ada'], ['bob', 'eve'])).toBeUndefined();
    expect(sent().map((items) => items?.map(({ Put, Delete }) => Put?.Item?.['name'] ?? Delete?.Key?.['name']))).toEqual([
      [undefined, 'acme/ada', 'acme/bob', 'acme/eve'],
      [undefined, 'acme/ada', 'acme/bob'],
    ]);
  });
});

test.each([
  ['ProvisionedThroughputExceededException', 'ProvisionedThroughputExceededException: no'],
  ['ValidationException', 'no'],
])('another error of the transaction is thrown: %s', async (name, message) => {
  dynamo.on(TransactWriteCommand).rejects(Object.assign(new Error('no'), { name }));
  await expect(put(['ada'])).rejects.toThrow(message);
});
