import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand, ScanCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { Unavailable } from '../../core/basics/errors.ts';
import { beginningOf, toItem } from './commit-item.ts';
import { dynamoEventStore } from './dynamo-event-store.ts';
import { digestOf } from './same-request.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-central-1' }));
const store = dynamoEventStore({ client, table: 'events', names: 'names', now: () => new Date('2026-01-01T09:00:00.000Z') });
const stream = { aggregate: 'tally', id: '1' };
const request = { commandId: 'k1', correlationId: 'k1', causationId: 'k1', command: { type: 'Add', data: {} } };
const events = [{ type: 'Added', schema: 1, data: { amount: 1 } }];
const folded = { fingerprint: 'f', state: null };
const stored = toItem(beginningOf('tally-1'), request, { events }, '2026-01-01T09:00:00.000Z');
const everyEvent = { fingerprint: 'f', initialState: () => 0, evolve: (count: number) => count + 1 };
const append = () => store.append(store.begin(stream), request, { events, folded });

beforeEach(() => dynamo.reset() as never);

describe('an append', () => {
  test('is one conditional put of the item, each attribute in its type', async () => {
    dynamo.on(PutItemCommand).resolves({});
    expect(await append()).toMatchObject({ won: true, isNew: true, commit: { version: 1, events } });
    expect(dynamo.commandCalls(PutItemCommand).map(({ args }) => args[0].input)).toEqual([
      {
        TableName: 'events',
        Item: {
          stream: { S: 'tally-1' },
          version: { N: '1' },
          count: { N: '1' },
          events: { S: '[{"type":"Added","schema":1,"data":{"amount":1}}]' },
          types: { L: [{ S: 'Added' }] },
          at: { S: '2026-01-01T09:00:00.000Z' },
          command: { S: 'k1' },
          request: { B: digestOf(request) },
          hash: { B: stored.hash },
          snapshot: { S: expect.stringContaining(',"",null]') },
        },
        ConditionExpression: 'attribute_not_exists(#stream)',
        ExpressionAttributeNames: { '#stream': 'stream' },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
    expect(dynamo.commandCalls(TransactWriteCommand)).toEqual([]);
  });

  test('to a place that is taken answers the commit there', async () => {
    const Item = marshall({ ...stored, command: 'k9' });
    dynamo.on(PutItemCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'taken', Item }));
    expect(await append()).toMatchObject({ won: false, winner: { commandId: 'k9', version: 1, events } });
  });

  test('during a transaction on the item loses against nobody yet', async () => {
    dynamo.on(PutItemCommand).rejects(Object.assign(new Error('conflict'), { name: 'TransactionConflictException' }));
    expect(await append()).toEqual({ won: false, moved: [], tail: expect.objectContaining({ stream, version: 0 }) });
  });

  test.each([
    ['a failed condition without the item', new ConditionalCheckFailedException({ $metadata: {}, message: 'no item' }), 'no item'],
    ['a bad request', Object.assign(new Error('bad'), { name: 'ValidationException', Item: marshall(stored) }), 'bad'],
    ['a throttle', Object.assign(new Error('slow'), { name: 'ThrottlingException' }), 'ThrottlingException: slow'],
  ])('that failed otherwise throws: %s', async (_, error, message) => {
    dynamo.on(PutItemCommand).rejects(error);
    await expect(append()).rejects.toThrow(message);
  });

  test.each([
    ['claims a name', { claimed: ['ada'], released: [] }],
    ['releases a name', { claimed: [], released: ['ada'] }],
  ])('is a transaction if it %s', async (_, claims) => {
    dynamo.on(TransactWriteCommand).resolves({});
    expect(await store.append(store.begin(stream), request, { events, folded, claims })).toMatchObject({ won: true, isNew: true });
    expect(dynamo.commandCalls(PutItemCommand)).toEqual([]);
    const [{ Put } = {}, name] = dynamo.commandCalls(TransactWriteCommand)[0]?.args[0].input.TransactItems ?? [];
    expect(Put).toMatchObject({ TableName: 'events', Item: { stream: 'tally-1', version: 1 } });
    expect((name?.Put ?? name?.Delete)?.TableName).toBe('names');
  });
});

describe('a query', () => {
  const asked = () => dynamo.commandCalls(QueryCommand).map(({ args }) => args[0].input);
  const plain = {
    TableName: 'events',
    KeyConditionExpression: '#stream = :stream AND #version BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#stream': 'stream', '#version': 'version' },
  };

  test.each([
    ['strong', true],
    ['eventual', false],
  ] as const)('for a load that is %s reads the newest commits first', async (consistency, ConsistentRead) => {
    dynamo.on(QueryCommand).resolves({ Items: [stored] });
    expect(await store.load(stream, everyEvent, consistency)).toMatchObject({ state: 1, tail: { version: 1 } });
    const values = { ':stream': 'tally-1', ':from': 1, ':to': 9_007_199_254_740_991 };
    expect(asked()).toEqual([{ ...plain, ExpressionAttributeValues: values, ScanIndexForward: false, ConsistentRead, Limit: 8 }]);
  });

  test('for a page begins at its version, oldest first, and tells where the next page begins', async () => {
    dynamo.on(QueryCommand).resolves({ Items: [{ ...stored, version: 3 }], LastEvaluatedKey: { stream: 'tally-1', version: 3 } });
    expect(await store.read(stream, { from: 3, limit: 10 })).toMatchObject({ commits: [{ version: 3 }], next: 4 });
    const values = { ':stream': 'tally-1', ':from': 3, ':to': 9_007_199_254_740_991 };
    expect(asked()).toEqual([{ ...plain, ExpressionAttributeValues: values, ScanIndexForward: true, ConsistentRead: true, Limit: 11 }]);
  });

  test('up to a version has it as its last one, and without a limit has none', async () => {
    const first = { Items: [{ ...stored, version: 9 }], LastEvaluatedKey: { stream: 'tally-1', version: 9 } };
    dynamo
      .on(QueryCommand)
      .resolvesOnce(first)
      .resolvesOnce({ Items: [{ ...stored, version: 8 }] });
    await expect(store.past(stream, everyEvent, { version: 9 })).rejects.toThrow('tally-1 has a hole at version 1');
    const values = { ':stream': 'tally-1', ':from': 1, ':to': 8 };
    expect(asked()[1]).toEqual({ ...plain, ExpressionAttributeValues: values, ScanIndexForward: false, ConsistentRead: true });
  });

  test('without items finds an empty stream', async () => {
    dynamo.on(QueryCommand).resolves({});
    expect(await store.load(stream, everyEvent, 'strong')).toMatchObject({ state: 0, tail: { version: 0 } });
  });

  test('that is throttled is Unavailable', async () => {
    dynamo.on(QueryCommand).rejects(Object.assign(new Error('slow'), { name: 'ThrottlingException' }));
    await expect(store.read(stream, { from: 1, limit: 1 })).rejects.toThrow(Unavailable);
  });
});

describe('a scan', () => {
  const asked = () => dynamo.commandCalls(ScanCommand).map(({ args }) => args[0].input);

  test('reads a segment, strongly consistent, without the attributes that only writers need', async () => {
    dynamo.on(ScanCommand).resolves({ Items: [stored] });
    expect(await store.scan({ index: 1, of: 4 }, undefined)).toEqual({ commits: [expect.objectContaining({ version: 1, events })] });
    expect(asked()).toEqual([
      {
        TableName: 'events',
        Segment: 1,
        TotalSegments: 4,
        ConsistentRead: true,
        ProjectionExpression:
          '#stream, #version, #count, #events, #at, #command, #correlation, #causation, #actor, #by, #depth, ' +
          '#commandType, #commandSchema, #answer, #inflated, #sealed',
        ExpressionAttributeNames: {
          ...{ '#stream': 'stream', '#version': 'version', '#count': 'count', '#events': 'events', '#at': 'at', '#command': 'command' },
          ...{ '#correlation': 'correlation', '#causation': 'causation', '#actor': 'actor', '#by': 'by', '#depth': 'depth' },
          ...{ '#commandType': 'commandType', '#commandSchema': 'commandSchema', '#answer': 'answer', '#inflated': 'inflated' },
          '#sealed': 'sealed',
        },
      },
    ]);
  });

  test('goes on at its cursor, also from a page without items', async () => {
    dynamo.on(ScanCommand).resolves({ LastEvaluatedKey: { stream: 'tally-1', version: 1 } });
    const page = await store.scan({ index: 1, of: 4 }, undefined);
    expect(page).toEqual({ commits: [], cursor: '{"stream":"tally-1","version":1}' });
    await store.scan({ index: 1, of: 4 }, page.cursor);
    expect(asked()[1]?.ExclusiveStartKey).toEqual({ stream: 'tally-1', version: 1 });
  });

  test('that is throttled is Unavailable', async () => {
    dynamo.on(ScanCommand).rejects(Object.assign(new Error('slow'), { name: 'ThrottlingException' }));
    await expect(store.scan({ index: 0, of: 1 }, undefined)).rejects.toThrow(Unavailable);
  });
});
