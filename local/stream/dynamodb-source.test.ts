import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { dynamoDbSource } from './dynamodb-source.ts';

const streams = mockClient(DynamoDBStreamsClient);
const trimmed = new TrimmedDataAccessException({ message: 'past the oldest stream record', $metadata: {} });
const record = { eventName: 'INSERT' as const, dynamodb: { SequenceNumber: '1', NewImage: {}, Keys: {} } };
let losses: string[];
const open = (after?: string) =>
  dynamoDbSource({
    client: new DynamoDBStreamsClient({ region: 'eu-central-1' }),
    streamArn: 'arn:aws:dynamodb:eu-central-1:0:table/events/stream/now',
    region: 'eu-central-1',
    onLoss: (shard) => losses.push(shard),
  }).open('shard-1', after);

beforeEach(() => {
  losses = [];
  streams.reset();
  streams.on(GetShardIteratorCommand).resolves({ ShardIterator: 'here' });
  streams.on(DescribeStreamCommand).resolves({ StreamDescription: { Shards: [{ ShardId: 'shard-1', SequenceNumberRange: {} }] } });
  streams
    .on(GetRecordsCommand)
    .rejectsOnce(trimmed)
    .resolves({ Records: [record], NextShardIterator: 'there' });
});

// The engine says so of an open shard, too, when its first record comes while it is read.
test('a reader at the beginning of an open shard has lost nothing, and reads it again', async () => {
  const cursor = open();
  expect(await cursor.read(10)).toEqual([]);
  expect(await cursor.read(10)).toHaveLength(1);
  expect(losses).toEqual([]);
});

test('a reader whose place is gone reports it, and continues with the oldest record of the stream', async () => {
  const cursor = open('1');
  expect(await cursor.read(10)).toEqual([]);
  expect(await cursor.read(10)).toHaveLength(1);
  expect(losses).toEqual(['shard-1']);
  expect(streams.commandCalls(GetShardIteratorCommand).map(({ args: [{ input }] }) => input.ShardIteratorType)).toEqual([
    'AFTER_SEQUENCE_NUMBER',
    'TRIM_HORIZON',
  ]);
});
