import { createHash, randomUUID } from 'node:crypto';
import type { Invocation, Invoke } from '../lambda/invocation.ts';
import { type AsyncDelivery, type AsyncInvocations, asyncInvocations, type Counts } from './async-invocation.ts';
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

/** A text with the texts that are sent beside it, by name. */
export interface TextMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** How a function reads a queue. */
export interface Reading {
  /** So many messages at once; any number if absent. */
  readonly concurrency?: number | undefined;
  /** The answer of the function names what it failed. */
  readonly reportsFailures?: boolean;
}

/** A queue of SQS that a function reads, one message at a time. */
export interface MessageQueue {
  /** Takes a message in JSON. On record when this returns. It is handed over after some seconds. */
  send(message: unknown, afterSeconds?: number): void;
  /** Takes a message as `SendMessage` does. On record when this returns. */
  sendText(message: TextMessage, afterSeconds?: number): void;
  /** Hands over what is there, and what is sent from now on. */
  readBy(invoke: Invoke, reading?: Reading): void;
  counts(): Counts;
  stop(): void;
}

export const messageQueue = (props: MessageQueueProps): MessageQueue => {
  const { arn, folder, visibilitySeconds, retentionSeconds, redrive, timeScale, say } = props;
  let reader: Invoke | undefined;
  let reading: Reading = {};
  const messages: AsyncInvocations = asyncInvocations({
    ...{ folder, functionArn: arn, timeScale, say },
    pauseSeconds: () => visibilitySeconds,
    concurrency: () => reading.concurrency ?? Number.POSITIVE_INFINITY,
    invoke: async (message, delivery) => {
      const record = toRecord(message, delivery, props);
      const invocation = await (reader as Invoke)({ Records: [record] });
      return reading.reportsFailures ? reported(invocation, record.messageId) : invocation;
    },
  });
  messages.configure({
    maximumEventAgeSeconds: retentionSeconds,
    maximumRetryAttempts: (redrive?.maxReceives ?? Number.POSITIVE_INFINITY) - 1,
    ...(redrive === undefined ? {} : { onFailure: redrive.to }),
  });
  return {
    send: messages.accept,
    counts: messages.counts,
    sendText: (message, afterSeconds) => messages.accept({ [text]: message }, afterSeconds),
    readBy: (invoke, how = {}) => {
      reader = invoke;
      reading = how;
      messages.start();
    },
    stop: messages.stop,
  };
};

/** What marks a message that is kept as a text. */
const text = 'local:text';

/** A message as Lambda hands it over. */
const toRecord = (message: unknown, { receives, acceptedAt }: AsyncDelivery, { arn, region }: MessageQueueProps) => {
  const { body, attributes } = textOf(message);
  const messageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, stringValue]) => [
      name,
      { stringValue, dataType: 'String', stringListValues: [], binaryListValues: [] },
    ]),
  );
  return {
    ...{ messageId: randomUUID(), receiptHandle: randomUUID(), body, messageAttributes },
    attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(Date.parse(acceptedAt)) },
    ...{ md5OfBody: createHash('md5').update(body).digest('hex'), eventSource: 'aws:sqs', eventSourceARN: arn, awsRegion: region },
  };
};

/** A message as a text: as it was sent. */
export const textOf = (message: unknown): TextMessage =>
  typeof message === 'object' && message !== null && text in message
    ? (message[text] as TextMessage)
    : { body: JSON.stringify(message), attributes: {} };

/** Of a function that reports its failures. What is no report fails the message, as Lambda has it. */
const reported = (invocation: Invocation, messageId: string): Invocation => {
  if (!invocation.ok) return invocation;
  const { batchItemFailures: failures = [] } = (invocation.payload ?? {}) as {
    readonly batchItemFailures?: readonly { itemIdentifier?: unknown }[];
  };
  if (failures.length === 0) return invocation;
  const errorMessage = failures.some(({ itemIdentifier }) => itemIdentifier === messageId)
    ? 'the function failed the message'
    : 'a wrong report';
  return { requestId: invocation.requestId, ok: false, error: { errorType: 'BatchItemFailure', errorMessage } };
};
