import type { Logger } from '@aws-lambda-powertools/logger';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { isStreamName, parseStreamName } from '../../core/basics/stream.ts';
import type { Measure } from '../../core/basics/telemetry.ts';
import type { Commit } from '../../core/log/event-store.ts';
import type { Delivery } from '../../core/log/gate.ts';
import { type CommitItem, fromItem, textBytes } from '../event-log/commit-item.ts';
import { commandIdOf } from '../event-log/same-request.ts';
import type { Cause } from './tracing.ts';

/** The most JSON text of the commits that a listener holds at a time. The commits of a batch may be compressed to a thousandth of theirs. */
const maxTextBytes = 8_000_000;

/**
 * Hands the commits of a batch to a follower, in several parts if they are too much text together. Returns the errors of the streams that
 * failed, by stream name. A stream that has failed is left out of later parts: all its commits arrive again.
 */
export const deliver = async (
  records: readonly DynamoDBRecord[],
  follow: (deliveries: readonly Delivery[]) => Promise<ReadonlyMap<string, unknown>>,
): Promise<ReadonlyMap<string, unknown>> => {
  const failed = new Map<string, unknown>();
  for (const part of partsOf(records)) {
    const rest = part.filter((record) => !failed.has(streamOf(record)));
    for (const [stream, error] of await follow(toDeliveries(rest))) failed.set(stream, error);
  }
  return failed;
};

/** Runs of records whose commits have at most this much JSON text together, or one commit. */
const partsOf = (records: readonly DynamoDBRecord[]): readonly (readonly DynamoDBRecord[])[] => {
  const parts: DynamoDBRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const more = textBytesIn(record);
    bytes += more;
    if (parts.length === 0 || bytes > maxTextBytes) {
      parts.push([]);
      bytes = more;
    }
    parts.at(-1)?.push(record);
  }
  return parts;
};

const textBytesIn = ({ dynamodb }: DynamoDBRecord): number => {
  const { events, answer, inflated } = dynamodb?.NewImage ?? {};
  const stored = (value: Image | undefined): string | Uint8Array => value?.S ?? Buffer.from(String(value?.B ?? ''), 'base64');
  return textBytes({
    events: stored(events),
    ...(answer === undefined ? {} : { answer: stored(answer) }),
    ...(inflated === undefined ? {} : { inflated: Number(inflated.N) }),
  });
};

type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>[string];

/**
 * The commits in a batch of the table's stream, by stream. If one commit of a stream cannot be read, the delivery has no commits of that
 * stream: the projector then reads them from the table, and parks the stream if it cannot apply them. Items whose key is not the name of a
 * stream are passed over.
 */
export const toDeliveries = (records: readonly DynamoDBRecord[]): readonly Delivery[] =>
  [...Map.groupBy(records.filter(isOfStream), streamOf)].map(([name, ofStream]) => ({
    stream: parseStreamName(name),
    commits: readable(ofStream),
  }));

const isOfStream = (record: DynamoDBRecord): boolean => isStreamName(streamOf(record));

/** The outputs for the outcome of a batch. */
export interface Notes {
  readonly logger: Pick<Logger, 'error'>;
  readonly measure: Measure;
}

/** The record at which Lambda must start again: the first one of a failed stream. Later records arrive again, and the gate drops them. */
export const firstFailure = (
  records: readonly DynamoDBRecord[],
  failed: ReadonlyMap<string, unknown>,
  { logger, measure }: Notes,
): DynamoDBBatchResponse => {
  if (failed.size > 0) measure('deliveriesFailed', failed.size);
  for (const [stream, error] of failed) {
    const record = records.find((one) => streamOf(one) === stream);
    logger.error('a delivery failed', { stream, commandId: commandIn(record), ...causeOf(record), error });
  }
  const strays = records.filter((record) => !isOfStream(record));
  if (strays.length > 0) measure('recordsPassedOver', strays.length);
  for (const stray of strays) logger.error('no stream has this name: it is passed over', { stream: streamOf(stray) });
  const first = records.find((record) => failed.has(streamOf(record)));
  return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: first.dynamodb?.SequenceNumber ?? '' }] };
};

/** The causes of the commits of a batch, each once. */
export const causesIn = ({ Records }: DynamoDBStreamEvent): readonly Cause[] => [
  ...new Map(Records.map(causeOf).map((cause) => [JSON.stringify(cause), cause])).values(),
];

/** The ids under which the log of the command side has the cause of a record. */
const causeOf = (record: DynamoDBRecord | undefined): Cause => {
  const [command, correlation, causation] = [commandIn(record), textIn(record, 'correlation'), textIn(record, 'causation')];
  return { correlationId: correlation ?? command, causationId: causation ?? command };
};

/** The id of the record's command, without the mark of a client. */
const commandIn = (record: DynamoDBRecord | undefined): string | undefined => {
  const command = textIn(record, 'command');
  return command === undefined ? undefined : commandIdOf({ command }).commandId;
};

const textIn = (record: DynamoDBRecord | undefined, name: string): string | undefined => record?.dynamodb?.NewImage?.[name]?.S;

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

/** Turns the base64 text in Lambda's JSON into the bytes that the SDK expects. */
const fromJson = (image: Json): Json =>
  Object.fromEntries(
    Object.entries(image).map(([name, value]) => {
      const { B } = value as { readonly B?: unknown };
      return [name, typeof B === 'string' ? { B: Buffer.from(B, 'base64') } : value];
    }),
  );
