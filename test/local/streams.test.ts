import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient, GetRecordsCommand, type GetRecordsCommandInput } from '@aws-sdk/client-dynamodb-streams';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Engine, startEngine } from '../../local/engine.ts';
import { dynamoDbSource } from '../../local/stream/dynamodb-source.ts';
import { type StreamRecord, sequenceNumber } from '../../local/stream/record.ts';
import type { ShardCursor, StreamSource } from '../../local/stream/source.ts';
import { age } from './engine-data.ts';

// How the engine's streams behave over days, which is what a reader has to live with: shards that close, records that go.

const TableName = 'events';
let dataFolder: string;
let engine: Engine;
let dynamodb: DynamoDBClient;
let streams: DynamoDBStreamsClient;
let source: StreamSource;
let losses: string[];

const start = async (): Promise<void> => {
  process.env['DYNAMODB_ENDPOINT'] = '';
  engine = await startEngine({ dataFolder });
  const settings = { endpoint: engine.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  [dynamodb, streams] = [new DynamoDBClient(settings), new DynamoDBStreamsClient(settings)];
};

const stop = async (): Promise<void> => {
  dynamodb.destroy();
  streams.destroy();
  await engine.stop();
};

const restart = async (change?: () => void): Promise<void> => {
  await stop();
  change?.();
  await start();
  await openSource();
};

const openSource = async (): Promise<void> => {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  losses = [];
  source = dynamoDbSource({
    client: streams,
    streamArn: Table?.LatestStreamArn ?? '',
    region: 'us-east-1',
    onLoss: (shard) => losses.push(shard),
  });
};

const write = async (id: string): Promise<void> => {
  const Item = {
    id: { S: id },
    bytes: { B: new Uint8Array([0, 255]) },
    list: { L: [{ M: { bytes: { BS: [new Uint8Array([1])] } } }, { N: '7' }] },
  };
  await dynamodb.send(new PutItemCommand({ TableName, Item }));
};

const ids = (records: readonly StreamRecord[] | 'end') =>
  records === 'end' ? records : records.map(({ dynamodb: { Keys } }) => (Keys['id'] as { S: string }).S);

/** Everything that the cursor has now. */
const readAll = async (cursor: ShardCursor): Promise<{ records: StreamRecord[]; isEnd: boolean }> => {
  const all: StreamRecord[] = [];
  for (let empty = 0; empty < 3; ) {
    const records = await cursor.read(2);
    if (records === 'end') return { records: all, isEnd: true };
    all.push(...records);
    empty = records.length === 0 ? empty + 1 : 0;
  }
  return { records: all, isEnd: false };
};

/** The engine closes old shards by itself, a moment after it starts. */
const rolledOver = async (): Promise<readonly [string, string]> => {
  for (;;) {
    const shards = await source.shards();
    const child = shards.find(({ parent }) => parent !== undefined);
    if (child?.parent !== undefined) return [child.parent, child.id];
    await setTimeout(50);
  }
};

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'engine-'));
  await start();
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
  await openSource();
  for (const id of ['a', 'b', 'c']) await write(id);
});
afterEach(async () => {
  await stop();
  await rm(dataFolder, { recursive: true });
});

describe('a shard', () => {
  test('is read from its beginning, in the shape that Lambda gives to records', async () => {
    const [shard] = await source.shards();
    const { records, isEnd } = await readAll(source.open(shard?.id as string, undefined));
    expect([ids(records), isEnd]).toEqual([['a', 'b', 'c'], false]);
    expect(records[0]).toEqual({
      eventID: expect.any(String),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      eventSourceARN: source.arn,
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: { id: { S: 'a' } },
        NewImage: { id: { S: 'a' }, bytes: { B: 'AP8=' }, list: { L: [{ M: { bytes: { BS: ['AQ=='] } } }, { N: '7' }] } },
        SequenceNumber: expect.stringMatching(/^\d{21}$/),
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_IMAGE',
      },
    });
  });

  test('is read on, with the same sequence numbers, after the engine was started again', async () => {
    const [shard] = await source.shards();
    const { records } = await readAll(source.open(shard?.id as string, undefined));
    await restart();
    await write('d');
    const after = records.map(sequenceNumber)[1] as string;
    expect((await source.shards())[0]).toEqual(shard);
    expect(ids((await readAll(source.open(shard?.id as string, after))).records)).toEqual(['c', 'd']);
  });

  test('that is closed ends, and has a child that goes on', async () => {
    await restart(() => age(dataFolder, { shardHours: 5, recordHours: 0 }));
    const [parent, child] = await rolledOver();
    await write('d');
    const old = await readAll(source.open(parent, undefined));
    expect([ids(old.records), old.isEnd]).toEqual([['a', 'b', 'c'], true]);
    expect(await source.open(parent, old.records.map(sequenceNumber).at(-1)).read(10)).toBe('end');
    const fresh = await readAll(source.open(child, undefined));
    expect([ids(fresh.records), fresh.isEnd, losses]).toEqual([['d'], false, []]);
  });

  test('whose records are gone ends, and reports it, wherever it is read from', async () => {
    const [shard] = await source.shards();
    const { records } = await readAll(source.open(shard?.id as string, undefined));
    await restart(() => age(dataFolder, { shardHours: 25, recordHours: 25 }));
    const [parent, child] = await rolledOver();
    await write('d');
    for (const after of [undefined, records.map(sequenceNumber)[0]]) {
      losses.length = 0;
      expect(await readAll(source.open(parent, after))).toEqual({ records: [], isEnd: true });
      expect(losses).toContain(parent);
    }
    expect(ids((await readAll(source.open(child, undefined))).records)).toEqual(['d']);
  });

  test('that is gone altogether ends', async () => {
    expect(await source.open('shardId-00000000000000000000-00000000', undefined).read(10)).toBe('end');
    expect(losses).toHaveLength(1);
  });

  test('is read on when its iterator has expired', async () => {
    const [shard] = await source.shards();
    const cursor = source.open(shard?.id as string, undefined);
    expect(ids(await cursor.read(2))).toEqual(['a', 'b']);
    expireNextIterator();
    expect(ids((await readAll(cursor)).records)).toEqual(['c']);
    expect(losses).toEqual([]);
  });
});

/** An iterator is good for a quarter of an hour; the engine keeps the time of its birth in it. */
const expireNextIterator = (): void => {
  let isExpired = false;
  streams.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as GetRecordsCommandInput;
      if (isExpired || input.ShardIterator === undefined) return next(args);
      isExpired = true;
      const [arn, one, encoded = ''] = input.ShardIterator.split('|');
      const [shard, place, born = ''] = Buffer.from(encoded, 'base64').toString().split('|');
      const older = String(Number(born) - 16 * 60_000).padStart(born.length, '0');
      const iterator = Buffer.from([shard, place, older].join('|')).toString('base64');
      return next({ ...args, input: new GetRecordsCommand({ ShardIterator: [arn, one, iterator].join('|') }).input });
    },
    { step: 'initialize' },
  );
};
