import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Discarded } from './delivery.ts';
import { type StreamRecord, sequenceNumber } from './record.ts';

/** Where discarded records come from, as the document says it. */
export interface Origin {
  readonly mappingId: string;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly shardId: string;
}

/** The document that Lambda puts into a failure destination on S3: what happened, and the whole event as a string. */
export const discardedDocument = (
  { functionArn, streamArn, shardId }: Origin,
  { records, reason, invocations, lastOutcome }: Discarded,
  now: Date,
) => ({
  requestContext: {
    requestId: lastOutcome?.requestId ?? randomUUID(),
    functionArn,
    condition: reason,
    approximateInvokeCount: invocations,
  },
  ...(lastOutcome && {
    responseContext: { statusCode: 200, executedVersion: '$LATEST', ...(lastOutcome.isError ? { functionError: 'Unhandled' } : {}) },
  }),
  version: '1.0',
  timestamp: now.toISOString(),
  DDBStreamBatchInfo: {
    shardId,
    startSequenceNumber: records.map(sequenceNumber).at(0),
    endSequenceNumber: records.map(sequenceNumber).at(-1),
    approximateArrivalOfFirstRecord: arrival(records.at(0)),
    approximateArrivalOfLastRecord: arrival(records.at(-1)),
    batchSize: records.length,
    streamArn,
  },
  payload: JSON.stringify({ Records: records }),
});

/** Writes the document into a bucket's folder, under the key that Lambda gives it. */
export const writeDiscarded = async (bucketFolder: string, origin: Origin, discarded: Discarded): Promise<void> => {
  const now = new Date();
  const [day = '', time = ''] = now.toISOString().split(/[T.]/);
  const name = `${day}T${time.replaceAll(':', '.')}-${randomUUID()}`;
  const file = join(bucketFolder, 'aws/lambda', origin.mappingId, origin.shardId, ...day.split('-'), name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(discardedDocument(origin, discarded, now)));
};

const arrival = (record: StreamRecord | undefined): string =>
  new Date((record?.dynamodb.ApproximateCreationDateTime ?? 0) * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
