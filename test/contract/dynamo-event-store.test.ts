import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { streamName } from '../../core/basics/stream.ts';
import { lastVersion } from '../../core/log/event-store.ts';
import { chainOf, hashesOf } from '../support/chain.ts';
import { createEventsTable, createNamesTable, engineClient, storedItems } from '../support/dynamo.ts';
import { handlerOn } from '../support/handling.ts';
import { added, anyCommand, append, appendTo, filled, loadAll, newStream, request } from '../support/requests.ts';
import { add, tally } from '../support/tally.ts';
import { eventStoreContract } from './event-store.ts';

let table: string;
let names: string;
const client = engineClient();
const open = (now = () => new Date()) => dynamoEventStore({ client, table, names, now });
beforeAll(async () => {
  table = await createEventsTable();
  names = await createNamesTable();
});

eventStoreContract('DynamoDB', open, async (stream) => {
  const items = await storedItems(table, stream);
  expect(hashesOf(items)).toEqual(chainOf(items));
});

describe('DynamoDB: two instances over one table', () => {
  test("see each other's commits at once", async () => {
    const [one, other] = [open(), open()];
    const { stream, commits } = await filled(one, 1, 2);
    expect(await loadAll(other, stream, 'strong')).toMatchObject({ commits, tail: { version: 3 } });
  });

  test("do not take each other's tails", async () => {
    const [one, other] = [open(), open()];
    const { stream, tails } = await filled(one, 1);
    const { tail } = await loadAll(one, stream, 'strong');
    await expect(appendTo(other, tail, request(anyCommand), added(1))).rejects.toThrow(/tail/);
    expect(tails).toHaveLength(2);
    expect(await storedItems(table, stream)).toHaveLength(1);
  });

  test('of the same request: one commit, one answer', async () => {
    const stream = newStream();
    const asked = request(add(1, 2));
    const answers = await Promise.all(Array.from({ length: 10 }, () => handlerOn(open())(tally, stream, asked)));
    for (const { version, events } of answers) expect({ version, count: events.length }).toEqual({ version: 2, count: 2 });
    expect(await storedItems(table, stream)).toHaveLength(1);
  });
});

describe('DynamoDB: a stream in the table', () => {
  test('is one item for each commit, keyed by the version of its first event', async () => {
    const { stream, commits } = await filled(open(), 3, 1, 2);
    const items = await storedItems(table, stream);
    expect(items.map((item) => [item.stream, item.version, item.count, item.types])).toEqual([
      [streamName(stream), 1, 3, ['Added', 'Added', 'Added']],
      [streamName(stream), 4, 1, ['Added']],
      [streamName(stream), 5, 2, ['Added', 'Added']],
    ]);
    expect(items.map(({ at, command }) => [at, command])).toEqual(commits.map(({ recordedAt, commandId }) => [recordedAt, commandId]));
  });

  test('is one hash chain, whichever instance wrote its commits', async () => {
    const stream = newStream();
    for (let index = 0; index < 5; index++) {
      const store = open();
      await append(store, (await loadAll(store, stream, 'strong')).tail, added(...Array<number>(index + 1).fill(index)));
    }
    const items = await storedItems(table, stream);
    expect(items).toHaveLength(5);
    expect(hashesOf(items)).toEqual(chainOf(items));
  });

  test('with a gap does not load, and the error names its place', async () => {
    const { stream, commits } = await filled(open(), 1, 2, 1, 1);
    await client.send(new DeleteCommand({ TableName: table, Key: { stream: streamName(stream), version: 2 } }));
    for (const consistency of ['strong', 'eventual'] as const)
      await expect(loadAll(open(), stream, consistency)).rejects.toThrow(new RegExp(`${streamName(stream)}.*\\b2\\b`));
    expect(commits.map(lastVersion)).toEqual([1, 3, 4, 5]);
  });

  test('with a commit that was changed by hand has a broken chain', async () => {
    const { stream } = await filled(open(), 1, 1, 1);
    const [, second] = await storedItems(table, stream);
    await client.send(new PutCommand({ TableName: table, Item: { ...second, at: '2020-01-01T00:00:00.000Z' } }));
    const items = await storedItems(table, stream);
    expect(hashesOf(items).map((hash, index) => hash === chainOf(items)[index])).toEqual([true, false, false]);
  });
});
