import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type Shard as StreamShard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { type StreamRecord, sequenceNumber, toStreamRecord } from './record.ts';
import type { ShardCursor, StreamSource } from './source.ts';

interface DynamoDbSource {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly region: string;
  /** Told when records were gone before they could be read: a reader was away for longer than a stream keeps them. */
  readonly onLoss: (shard: string) => void;
}

const recordsPerRead = 1_000;

/**
 * A real stream. On DynamoDB Local (as test/local/streams.test.ts shows) shards, records and sequence numbers outlive the
 * engine; a shard is closed after 4 hours and its child begins; records go after 24 hours, and a closed shard without
 * records answers TrimmedDataAccessException for ever, and an open one may while its first record comes; an iterator is good for 15 minutes; a record's time is rounded down
 * to the minute. On AWS the same can happen at any time.
 */
export const dynamoDbSource = (source: DynamoDbSource): StreamSource => ({
  arn: source.streamArn,
  shards: async () => (await describe(source)).map(({ ShardId = '', ParentShardId }) => ({ id: ShardId, parent: ParentShardId })),
  open: (shard, after) => openShard(source, shard, after),
});

const describe = async ({ client, streamArn: StreamArn }: DynamoDbSource): Promise<readonly StreamShard[]> => {
  const shards: StreamShard[] = [];
  let ExclusiveStartShardId: string | undefined;
  do {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId }));
    shards.push(...(StreamDescription?.Shards ?? []));
    ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId;
  } while (ExclusiveStartShardId !== undefined);
  return shards;
};

/** A reader's place: an iterator while there is one, and the last record read, for when the iterator is of no use any more. */
const openShard = (source: DynamoDbSource, shard: string, after: string | undefined): ShardCursor => {
  const { client, streamArn, region } = source;
  let lastRead = after;
  let iterator: string | undefined;
  let isClosed = false;

  const read = async (limit: number): Promise<readonly StreamRecord[] | 'end'> => {
    if (isClosed) return 'end';
    iterator ??= await iteratorAt(source, shard, lastRead);
    const { Records = [], NextShardIterator } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: Math.min(limit, recordsPerRead) }),
    );
    const records = Records.map((record) => toStreamRecord(record, { region, streamArn }));
    iterator = NextShardIterator;
    isClosed = NextShardIterator === undefined;
    lastRead = records.map(sequenceNumber).at(-1) ?? lastRead;
    return isClosed && records.length === 0 ? 'end' : records;
  };

  const recover = async (error: unknown): Promise<readonly StreamRecord[] | 'end'> => {
    iterator = undefined;
    if (error instanceof ExpiredIteratorException) return [];
    const isGone = error instanceof ResourceNotFoundException;
    if (!isGone && !(error instanceof TrimmedDataAccessException)) throw error;
    const hasEnded = isGone || (lastRead === undefined && (await isClosedShard(source, shard)));
    if (hasEnded || lastRead !== undefined) source.onLoss(shard);
    lastRead = undefined;
    return hasEnded ? 'end' : [];
  };
  return { read: (limit) => read(limit).catch(recover) };
};

const iteratorAt = async ({ client, streamArn: StreamArn }: DynamoDbSource, ShardId: string, after: string | undefined) => {
  const place =
    after === undefined
      ? ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
      : ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after } as const);
  return (await client.send(new GetShardIteratorCommand({ StreamArn, ShardId, ...place }))).ShardIterator;
};

const isClosedShard = async (source: DynamoDbSource, shard: string): Promise<boolean> => {
  const found = (await describe(source)).find(({ ShardId }) => ShardId === shard);
  return found?.SequenceNumberRange?.EndingSequenceNumber !== undefined;
};
