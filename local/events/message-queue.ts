import { createHash, randomUUID } from 'node:crypto';
import { type Operation, ServiceError } from '../http/aws-json.ts';
import type { Invocation, Invoke } from '../lambda/invocation.ts';
import { type AsyncDelivery, type AsyncInvocations, asyncInvocations } from './async-invocation.ts';
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

/** A queue of SQS that a function reads, one message at a time. */
export interface MessageQueue {
  /** Takes a message in JSON. On record when this returns. */
  send(message: unknown): void;
  /** Takes a message as `SendMessage` does. On record when this returns. */
  sendText(message: TextMessage): void;
  /** Hands over what is there, and what is sent from now on. `reportsFailures`: the answer of the function names what it failed. */
  readBy(invoke: Invoke, reading?: { readonly reportsFailures: boolean }): void;
  stop(): void;
}

export const messageQueue = (props: MessageQueueProps): MessageQueue => {
  const { arn, folder, visibilitySeconds, retentionSeconds, redrive, timeScale, say } = props;
  let reader: Invoke | undefined;
  let reportsFailures = false;
  const messages: AsyncInvocations = asyncInvocations({
    ...{ folder, functionArn: arn, timeScale, say },
    pauseSeconds: () => visibilitySeconds,
    invoke: async (message, delivery) => {
      const record = toRecord(message, delivery, props);
      const invocation = await (reader as Invoke)({ Records: [record] });
      return reportsFailures ? reported(invocation, record.messageId) : invocation;
    },
  });
  messages.configure({
    maximumEventAgeSeconds: retentionSeconds,
    maximumRetryAttempts: (redrive?.maxReceives ?? Number.POSITIVE_INFINITY) - 1,
    ...(redrive === undefined ? {} : { onFailure: redrive.to }),
  });
  return {
    send: messages.accept,
    sendText: (message) => messages.accept({ [text]: message }),
    readBy: (invoke, reading) => {
      reader = invoke;
      reportsFailures = reading?.reportsFailures ?? false;
      messages.start();
    },
    stop: messages.stop,
  };
};

/** `SendMessage` of SQS, with the URL of a queue. */
export const sendMessage =
  (queues: ReadonlyMap<string, MessageQueue>): Operation =>
  ({ QueueUrl, MessageBody, MessageAttributes = {} }: SendMessageInput) => {
    const name = QueueUrl.split('/').at(-1) ?? '';
    const queue = [...queues].find(([arn]) => arn.split(':').at(-1) === name)?.[1];
    if (queue === undefined) throw new ServiceError('QueueDoesNotExist', `there is no queue ${QueueUrl}`);
    const bytes = Buffer.byteLength(MessageBody) + Buffer.byteLength(JSON.stringify(MessageAttributes));
    if (bytes > mostBytes) throw new ServiceError('InvalidParameterValue', `a message has ${mostBytes} bytes at most`);
    const attributes = Object.entries(MessageAttributes).map(([key, { StringValue = '' }]) => [key, StringValue] as const);
    queue.sendText({ body: MessageBody, attributes: Object.fromEntries(attributes) });
    return { MessageId: randomUUID(), MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
  };

interface SendMessageInput {
  readonly QueueUrl: string;
  readonly MessageBody: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
}

const mostBytes = 1024 * 1024;

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

const textOf = (message: unknown): TextMessage =>
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
