import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { record, sequence } from '../../test/local/fake-stream.ts';
import { discardedDocument, writeDiscarded } from './discarded-batch.ts';

const origin = { mappingId: 'mapping', functionArn: 'arn:function', streamArn: 'arn:stream', shardId: 'shard' };
const records = [record(7, { ApproximateCreationDateTime: 1_573_690_399 }), record(8, { ApproximateCreationDateTime: 1_573_690_400 })];

test('the document is the one that Lambda writes to S3', () => {
  const lastOutcome = { requestId: 'request', isError: true, failedFrom: 0 };
  const discarded = { records, reason: 'RetryAttemptsExhausted', invocations: 3, lastOutcome } as const;
  expect(discardedDocument(origin, discarded, new Date('2019-11-14T00:13:49.717Z'))).toEqual({
    requestContext: { requestId: 'request', functionArn: 'arn:function', condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2019-11-14T00:13:49.717Z',
    DDBStreamBatchInfo: {
      shardId: 'shard',
      startSequenceNumber: sequence(7),
      endSequenceNumber: sequence(8),
      approximateArrivalOfFirstRecord: '2019-11-14T00:13:19Z',
      approximateArrivalOfLastRecord: '2019-11-14T00:13:20Z',
      batchSize: 2,
      streamArn: 'arn:stream',
    },
    payload: JSON.stringify({ Records: records }),
  });
});

test('a reported failure is no function error, and a batch that was never delivered has no response', () => {
  const reported = { records, reason: 'RetryAttemptsExhausted', invocations: 1, lastOutcome: { requestId: 'r', isError: false } } as const;
  expect(discardedDocument(origin, reported, new Date()).responseContext).toEqual({ statusCode: 200, executedVersion: '$LATEST' });
  const expired = { records, reason: 'RecordAgeExceeded', invocations: 0 } as const;
  expect(discardedDocument(origin, expired, new Date())).not.toHaveProperty('responseContext');
});

test('it is stored under the key that Lambda gives it', async () => {
  const bucket = await mkdtemp(join(tmpdir(), 'bucket-'));
  await writeDiscarded(bucket, origin, { records, reason: 'RecordAgeExceeded', invocations: 0 });
  const files = (await readdir(bucket, { recursive: true })).filter((path) => /-[0-9a-f-]{36}$/.test(path));
  expect(files).toEqual([
    expect.stringMatching(/^aws\/lambda\/mapping\/shard\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/),
  ]);
  expect(JSON.parse(await readFile(join(bucket, files[0] as string), 'utf8'))).toMatchObject({
    requestContext: { condition: 'RecordAgeExceeded' },
  });
  await rm(bucket, { recursive: true });
});
