import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { Unavailable } from '../../core/basics/errors.ts';
import { streamName } from '../../core/basics/stream.ts';
import { badge, hold, show } from '../support/badge.ts';
import { createEventsTable, createNamesTable, engineClient, storedItems } from '../support/dynamo.ts';
import { handlerOn } from '../support/handling.ts';
import { errorOf, newStream, request } from '../support/requests.ts';
import { answering } from '../support/scripted-client.ts';
import { add, tally } from '../support/tally.ts';

let [table, names] = ['', ''];
const client = engineClient();
const storeOn = (over = client) => dynamoEventStore({ client: over, table, names, now: () => new Date() });
beforeAll(async () => {
  table = await createEventsTable();
  names = await createNamesTable();
});
const wear = (stream: ReturnType<typeof newStream>, ...held: string[]) => handlerOn(storeOn())(badge, stream, request(hold(...held)));
const holderOf = async (name: string) => (await client.send(new GetCommand({ TableName: names, Key: { name } }))).Item;

describe('DynamoDB: a name', () => {
  test('is one item that names its holder, until it is released', async () => {
    const stream = newStream('badge');
    await wear(stream, `n-${stream.id}`);
    expect(await holderOf(`n-${stream.id}`)).toEqual({ name: `n-${stream.id}`, stream: streamName(stream) });
    await wear(stream);
    expect(await holderOf(`n-${stream.id}`)).toBeUndefined();
  });

  test('of a tenant begins with it', async () => {
    const stream = { ...newStream('badge'), tenant: 'acme' };
    await wear(stream, `n-${stream.id}`);
    expect(await holderOf(`acme/n-${stream.id}`)).toEqual({ name: `acme/n-${stream.id}`, stream: streamName(stream) });
    expect(await holderOf(`n-${stream.id}`)).toBeUndefined();
  });

  test('has a limit that is smaller by the length of its tenant', async () => {
    const stream = { ...newStream('badge'), tenant: 'acme' };
    const longest = stream.id.padEnd(2048 - 'acme/'.length, 'n');
    await wear(stream, longest);
    expect(await holderOf(`acme/${longest}`)).toBeDefined();
    expect(await errorOf(wear(stream, `${longest}n`))).toMatchObject({ name: 'Invalid', code: 'InvalidData' });
  });

  test('may be one of 99 in a commit, and with one more nothing is written', async () => {
    const [stream, other] = [newStream('badge'), newStream('badge')];
    await wear(stream, ...Array.from({ length: 99 }, (_, index) => `${index} of ${stream.id}`));
    const error = await errorOf(wear(other, ...Array.from({ length: 100 }, (_, index) => `${index} of ${other.id}`)));
    expect(error).toMatchObject({ name: 'Invalid', code: 'CommitTooLarge' });
    expect(await storedItems(table, other)).toEqual([]);
  });

  test('that a decision names twice is held once', async () => {
    const stream = newStream('badge');
    await wear(stream, `n-${stream.id}`, `n-${stream.id}`);
    expect(await holderOf(`n-${stream.id}`)).toBeDefined();
  });

  test('that was never claimed, because the aggregate is older than its claims, can be released', async () => {
    const stream = newStream('badge');
    const { claims: _, ...before } = badge;
    await handlerOn(storeOn())(before, stream, request(hold(`n-${stream.id}`)));
    expect((await wear(stream)).version).toBe(2);
  });

  test('that another stream holds stays with that stream, and releasing it is no error', async () => {
    const stream = newStream('badge');
    await wear(stream, `n-${stream.id}`);
    await client.send(new PutCommand({ TableName: names, Item: { name: `n-${stream.id}`, stream: 'badge-other' } }));
    expect((await wear(stream, `m-${stream.id}`)).version).toBe(2);
    expect(await holderOf(`m-${stream.id}`)).toMatchObject({ stream: streamName(stream) });
    expect(await holderOf(`n-${stream.id}`)).toMatchObject({ stream: 'badge-other' });
  });

  test.each([
    ['empty', ''],
    ['of 2049 bytes', 'n'.repeat(2049)],
  ])('that is %s is invalid, and nothing is written', async (_, name) => {
    const stream = newStream('badge');
    expect(await errorOf(wear(stream, name))).toMatchObject({ name: 'Invalid' });
    expect(await storedItems(table, stream)).toEqual([]);
  });
});

describe('DynamoDB: a transaction', () => {
  const reasons = (...codes: string[]) => ({ CancellationReasons: codes.map((Code) => ({ Code })) });
  const conflicting = () => answering({ PutItem: { type: 'TransactionConflictException', body: {} } }).client;

  test('that is throttled makes a claim unavailable, so that it may be sent again', async () => {
    const stream = newStream('badge');
    const body = reasons('None', 'ThrottlingError');
    const { client } = answering({ TransactWriteItems: { type: 'TransactionCanceledException', body } });
    expect(await errorOf(handlerOn(storeOn(client))(badge, stream, request(hold(stream.id))))).toBeInstanceOf(Unavailable);
  });

  test.each([
    ['on the commit', reasons('TransactionConflict', 'None')],
    ['on the name', reasons('None', 'TransactionConflict')],
  ])('of others %s makes a claim wait, and after eight tries it is a conflict', async (_, body) => {
    const stream = newStream('badge');
    const { client, requests } = answering({ TransactWriteItems: { type: 'TransactionCanceledException', body } });
    expect(await errorOf(handlerOn(storeOn(client))(badge, stream, request(hold(stream.id))))).toMatchObject({
      code: 'ConcurrencyConflict',
    });
    expect(requests().filter((operation) => operation === 'TransactWriteItems')).toHaveLength(8);
  });

  test.each([
    ['of an aggregate that claims', () => handlerOn(storeOn(conflicting()))(badge, newStream('badge'), request(show))],
    ['of any other', () => handlerOn(storeOn(conflicting()))(tally, newStream(), request(add(1)))],
  ])('of others makes a plain commit %s wait, and after eight tries it is a conflict', async (_, send) => {
    expect(await errorOf(send())).toMatchObject({ code: 'ConcurrencyConflict' });
  });
});
