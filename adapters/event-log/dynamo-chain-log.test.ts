import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { Unavailable } from '../../core/basics/errors.ts';
import { dynamoChainLog } from './dynamo-chain-log.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
const log = dynamoChainLog({ client: dynamo as unknown as DynamoDBDocumentClient, table: 'events' });
const segment = { index: 3, of: 8 };

beforeEach(() => dynamo.reset() as never);

test('a page of the chain is one strongly consistent scan of a segment, for keys and hashes alone', async () => {
  dynamo.on(ScanCommand).resolves({ Items: [{ stream: 'tally-1', version: 4, hash: new Uint8Array([1, 2, 3]) }] });
  expect(await log.scan(segment, undefined)).toEqual({ commits: [{ stream: 'tally-1', version: 4, hash: 'AQID' }] });
  expect(dynamo.commandCalls(ScanCommand).map(({ args }) => args[0].input)).toEqual([
    {
      TableName: 'events',
      Segment: 3,
      TotalSegments: 8,
      ConsistentRead: true,
      ProjectionExpression: '#stream, #version, #hash',
      ExpressionAttributeNames: { '#stream': 'stream', '#version': 'version', '#hash': 'hash' },
    },
  ]);
});

test('the cursor of a page is the place where the next scan starts', async () => {
  dynamo.on(ScanCommand).resolves({ Items: [], LastEvaluatedKey: { stream: 'tally-1', version: 4 } });
  const page = await log.scan(segment, undefined);
  expect(page).toEqual({ commits: [], cursor: '{"stream":"tally-1","version":4}' });
  await log.scan(segment, page.cursor);
  expect(dynamo.commandCalls(ScanCommand)[1]?.args[0].input.ExclusiveStartKey).toEqual({ stream: 'tally-1', version: 4 });
});

test('a page without items has no commits', async () => {
  dynamo.on(ScanCommand).resolves({});
  expect(await log.scan(segment, undefined)).toEqual({ commits: [] });
});

test('a commit that lost its hash has an empty one, and an item without the name of a stream is skipped', async () => {
  dynamo.on(ScanCommand).resolves({
    Items: [
      { stream: 'not a stream', version: 1, hash: new Uint8Array([1]) },
      { stream: 'tally-1', version: 1 },
    ],
  });
  expect(await log.scan(segment, undefined)).toEqual({ commits: [{ stream: 'tally-1', version: 1, hash: '' }] });
});

test('a fault of the service is Unavailable', async () => {
  dynamo.on(ScanCommand).rejects(Object.assign(new Error('later'), { name: 'ThrottlingException' }));
  await expect(log.scan(segment, undefined)).rejects.toThrow(Unavailable);
});
