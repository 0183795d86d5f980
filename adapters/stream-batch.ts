import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import type { Commit } from '../core/event-store.ts';
import type { Delivery } from '../core/gate.ts';
import { isStreamName, parseStreamName } from '../core/stream.ts';
import type { Measure } from '../core/telemetry.ts';
import { type CommitItem, fromItem } from './commit-item.ts';

/**
 * The commits in a batch of the table's stream, by stream. Where one cannot be read, none of its stream is handed on: the
 * projector then reads them from the table, and parks what it cannot apply. What no stream has a name for is passed over.
 */
export const toDeliveries = (records: readonly DynamoDBRecord[]): readonly Delivery[] =>
  [...Map.groupBy(records.filter(isOfStream), streamOf)].map(([name, ofStream]) => ({
    stream: parseStreamName(name),
    commits: readable(ofStream),
  }));

const isOfStream = (record: DynamoDBRecord): boolean => isStreamName(streamOf(record));

/** Where Lambda is to start again: the first record of a stream that failed. Those behind it come again and are dropped. */
export const firstFailure = (
  records: readonly DynamoDBRecord[],
  failed: ReadonlyMap<string, unknown>,
  measure: Measure = () => {},
): DynamoDBBatchResponse => {
  if (failed.size > 0) measure('deliveriesFailed', failed.size);
  for (const [stream, error] of failed) {
    const causes = causesOf(records.find((record) => streamOf(record) === stream));
    console.error(JSON.stringify({ stream, ...causes, error: error instanceof Error ? error.stack : error }));
  }
  const strays = records.filter((record) => !isOfStream(record));
  if (strays.length > 0) measure('recordsPassedOver', strays.length);
  for (const stray of strays)
    console.error(JSON.stringify({ stream: streamOf(stray), error: 'no stream has this name: it is passed over' }));
  const first = records.find((record) => failed.has(streamOf(record)));
  return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: first.dynamodb?.SequenceNumber ?? '' }] };
};

/** Under which ids the log of the command side has what led to a record. */
const causesOf = (record: DynamoDBRecord | undefined): Readonly<Record<string, string | undefined>> => {
  const { command, correlation, causation } = record?.dynamodb?.NewImage ?? {};
  return { commandId: command?.S, correlationId: correlation?.S ?? command?.S, causationId: causation?.S ?? command?.S };
};

const streamOf = ({ dynamodb }: DynamoDBRecord): string => dynamodb?.Keys?.['stream']?.S ?? '';

const readable = (records: readonly DynamoDBRecord[]): readonly Commit[] => {
  try {
    return records.map((record) => fromItem(itemOf(record)));
  } catch {
    return [];
  }
};

const itemOf = ({ dynamodb }: DynamoDBRecord): CommitItem => {
  const image = dynamodb?.NewImage;
  if (image === undefined) throw new Error(`the stream's record ${dynamodb?.SequenceNumber} has no new image`);
  return unmarshall(fromJson(image as Json) as Record<string, AttributeValue>) as CommitItem;
};

type Json = { readonly [key: string]: unknown };

/** Lambda's JSON has base64 text where the SDK has bytes. */
const fromJson = (image: Json): Json =>
  Object.fromEntries(
    Object.entries(image).map(([name, value]) => {
      const { B } = value as { readonly B?: unknown };
      return [name, typeof B === 'string' ? { B: Buffer.from(B, 'base64') } : value];
    }),
  );
