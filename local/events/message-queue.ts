import { createHash, randomUUID } from 'node:crypto';
import type { Invoke } from '../lambda/invocation.ts';
import { type AsyncInvocations, asyncInvocations, type Counts } from './async-invocation.ts';
import type { DeadLetters } from './dead-letters.ts';

export interface MessageQueueProps {
  readonly arn: string;
  readonly region: string;
  readonly folder: string;
  /** A message that its reader fails is received again after this time. */
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  /** After so many receives the message is a dead letter. Absent: it is received until its time is up. */
  readonly redrive?: { readonly maxReceives: number; readonly to: DeadLetters } | undefined;
  readonly timeScale: number;
  readonly say: (line: string) => void;
}

/** A queue of SQS that a function reads, one message at a time. */
export interface MessageQueue {
  /** On record when this returns. It is handed over after some seconds. */
  send(message: unknown, afterSeconds?: number): void;
  /** Hands over what is there, and what is sent from now on, so many at once. */
  readBy(invoke: Invoke, concurrency?: number): void;
  counts(): Counts;
  stop(): void;
}

export const messageQueue = (props: MessageQueueProps): MessageQueue => {
  const { arn, folder, visibilitySeconds, retentionSeconds, redrive, timeScale, say } = props;
  let reader: Invoke | undefined;
  let mostAtOnce = Number.POSITIVE_INFINITY;
  const messages: AsyncInvocations = asyncInvocations({
    ...{ folder, functionArn: arn, timeScale, say },
    pauseSeconds: () => visibilitySeconds,
    concurrency: () => mostAtOnce,
    invoke: (message) => (reader as Invoke)({ Records: [toRecord(message, props)] }),
  });
  messages.configure({
    maximumEventAgeSeconds: retentionSeconds,
    maximumRetryAttempts: (redrive?.maxReceives ?? Number.POSITIVE_INFINITY) - 1,
    ...(redrive === undefined ? {} : { onFailure: redrive.to }),
  });
  return {
    send: messages.accept,
    counts: messages.counts,
    readBy: (invoke, concurrency = Number.POSITIVE_INFINITY) => {
      [reader, mostAtOnce] = [invoke, concurrency];
      messages.start();
    },
    stop: messages.stop,
  };
};

/** A message as Lambda hands it over. */
const toRecord = (message: unknown, { arn, region }: MessageQueueProps): object => {
  const body = JSON.stringify(message);
  return {
    ...{ messageId: randomUUID(), receiptHandle: randomUUID(), body, attributes: {}, messageAttributes: {} },
    ...{ md5OfBody: createHash('md5').update(body).digest('hex'), eventSource: 'aws:sqs', eventSourceARN: arn, awsRegion: region },
  };
};
