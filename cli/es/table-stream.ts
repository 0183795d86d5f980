import { setTimeout } from 'node:timers/promises';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { orUnavailable } from '../../adapters/aws/unavailable.ts';
import { type CommitItem, fromItem } from '../../adapters/event-log/commit-item.ts';
import type { Commit } from '../../core/log/event-store.ts';
import { clientSettings, type EventsTable } from './events-table.ts';

interface Source {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  /** Where to go on in each open shard. */
  readonly iterators: Map<string, string>;
  readonly known: Set<string>;
}

const pollMilliseconds = 500;

/**
 * The commits of all streams from now on, as the table's own stream brings them. It is one more reader of that stream, and
 * two are as many as it serves well: for the engine of this machine only.
 */
export const openTableStream = async ({ name, place, streamArn }: EventsTable): Promise<AsyncGenerator<Commit>> => {
  if (streamArn === undefined) throw new Error(`'${name}' has no stream to follow.`);
  const source: Source = { client: new DynamoDBStreamsClient(clientSettings(place)), streamArn, iterators: new Map(), known: new Set() };
  await openShards(source, 'LATEST');
  return commits(source);
};

async function* commits(source: Source): AsyncGenerator<Commit> {
  for (;;) {
    for (const [shard, iterator] of source.iterators) {
      const { Records = [], NextShardIterator } = await orUnavailable(
        source.client.send(new GetRecordsCommand({ ShardIterator: iterator })),
      );
      if (NextShardIterator === undefined) source.iterators.delete(shard);
      else source.iterators.set(shard, NextShardIterator);
      for (const { eventName, dynamodb } of Records)
        if (eventName === 'INSERT') yield fromItem(unmarshall(dynamodb?.NewImage as Record<string, AttributeValue>) as CommitItem);
    }
    await setTimeout(pollMilliseconds);
    await openShards(source, 'TRIM_HORIZON'); // A shard that appears later is read from its beginning.
  }
}

const openShards = async (source: Source, ShardIteratorType: 'LATEST' | 'TRIM_HORIZON'): Promise<void> => {
  const { client, streamArn: StreamArn, iterators, known } = source;
  for (const { ShardId = '' } of await shardsOf(source)) {
    if (known.has(ShardId)) continue;
    const request = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType });
    const { ShardIterator } = await orUnavailable(client.send(request));
    known.add(ShardId);
    if (ShardIterator !== undefined) iterators.set(ShardId, ShardIterator);
  }
};

const shardsOf = async ({ client, streamArn: StreamArn }: Source): Promise<readonly Shard[]> => {
  const shards: Shard[] = [];
  let from: string | undefined;
  do {
    const request = new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId: from });
    const { StreamDescription } = await orUnavailable(client.send(request));
    shards.push(...(StreamDescription?.Shards ?? []));
    from = StreamDescription?.LastEvaluatedShardId;
  } while (from !== undefined);
  return shards;
};
