import { createHash } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Measure } from '../../core/basics/telemetry.ts';
import type { InboxMessage } from '../../core/inboxes/format.ts';

/** The digest in the ids of an inbox's commands. It is stored for ever, so it must not change. */
export const inboxDigest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** A message of a queue, and whether the queue has delivered it before. A queue that does not count its deliveries proves nothing. */
export interface Delivered {
  /** The ARN of the queue. */
  readonly queue: string;
  readonly message: InboxMessage;
  readonly isRepeated: boolean;
}

/** A record of a queue as an inbox reads it. */
export const deliveredIn = ({ body, attributes, messageAttributes, eventSourceARN }: SQSRecord, now: Date): Delivered => ({
  queue: eventSourceARN,
  isRepeated: attributes.ApproximateReceiveCount !== '1',
  message: {
    body,
    attributes: Object.fromEntries(
      Object.entries(messageAttributes).flatMap(([name, { stringValue }]) => (stringValue === undefined ? [] : [[name, stringValue]])),
    ),
    sentAt: new Date(attributes.SentTimestamp === undefined ? now : Number(attributes.SentTimestamp)).toISOString(),
  },
});

/**
 * Handles each message of a batch, one after the other, and answers those that failed: the queue delivers them again, and no others.
 * @throws the first error if all of them failed, so that the failure of the function is counted.
 */
export const eachMessage = async (
  { Records }: SQSEvent,
  handle: (record: SQSRecord) => Promise<void>,
  onFailed: (error: unknown, messageId: string) => void,
): Promise<SQSBatchResponse> => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  const errors: unknown[] = [];
  for (const record of Records) {
    try {
      await handle(record);
    } catch (error) {
      onFailed(error, record.messageId);
      batchItemFailures.push({ itemIdentifier: record.messageId });
      errors.push(error);
    }
  }
  if (errors.length > 0 && errors.length === Records.length) throw errors[0];
  return { batchItemFailures };
};

/** Logs and counts an event that no row of its inbox is for. */
export const noteDropped =
  ({ measure, logger }: { readonly measure: Measure; readonly logger: Pick<Logger, 'info'> }) =>
  ({ inbox, type }: { readonly inbox: string; readonly type: string }): void => {
    logger.info('an inbox has no row for an event', { inbox, type });
    measure('inboxDropped', 1);
  };
