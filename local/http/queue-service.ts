import { createHash, randomUUID } from 'node:crypto';
import type { DeadLetters } from '../events/dead-letters.ts';
import type { MessageQueue } from '../events/message-queue.ts';
import type { Operation } from './aws-json.ts';
import { ServiceError } from './service-error.ts';

interface Queues {
  readonly account: string;
  readonly region: string;
  /** By ARN. */
  readonly queues: ReadonlyMap<string, MessageQueue>;
  /** By ARN: the dead letters are messages, too. */
  readonly deadLetters: ReadonlyMap<string, DeadLetters>;
}

interface Asked {
  readonly QueueUrl: string;
}

interface SendMessageInput {
  readonly MessageBody: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
  readonly DelaySeconds?: number;
}

const mostBytes = 1024 * 1024;

/** The operations of SQS that the functions and the command line need. */
export const queueService = ({ account, region, queues, deadLetters }: Queues): ReadonlyMap<string, Operation> => {
  const arnOf = ({ QueueUrl }: Asked): string => `arn:aws:sqs:${region}:${account}:${QueueUrl.split('/').at(-1)}`;
  const known = <T>(map: ReadonlyMap<string, T>, asked: Asked): T => {
    const found = map.get(arnOf(asked));
    if (found === undefined) throw new ServiceError('QueueDoesNotExist', `there is no queue ${asked.QueueUrl}`);
    return found;
  };
  return new Map<string, Operation>([
    [
      'AmazonSQS.SendMessage',
      (input: Asked & SendMessageInput) => {
        const { MessageBody: body, MessageAttributes = {}, DelaySeconds } = input;
        if (Buffer.byteLength(body) + Buffer.byteLength(JSON.stringify(MessageAttributes)) > mostBytes)
          throw new ServiceError('InvalidParameterValue', `a message has ${mostBytes} bytes at most`);
        const attributes = Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue] as const);
        known(queues, input).sendText({ body, attributes: Object.fromEntries(attributes) }, DelaySeconds);
        return { MessageId: randomUUID(), MD5OfMessageBody: md5(input.MessageBody) };
      },
    ],
    [
      'AmazonSQS.GetQueueAttributes',
      (input: Asked) => {
        const { waiting, underWay, later } = known(queues, input).counts();
        return {
          Attributes: {
            ApproximateNumberOfMessages: String(waiting + known(deadLetters, input).all().length),
            ApproximateNumberOfMessagesNotVisible: String(underWay),
            ApproximateNumberOfMessagesDelayed: String(later),
          },
        };
      },
    ],
    [
      'AmazonSQS.ReceiveMessage',
      (input: Asked & { readonly MaxNumberOfMessages?: number }) => ({
        Messages: known(deadLetters, input)
          .receive(input.MaxNumberOfMessages ?? 1)
          .map(({ id, letter }) => {
            const body = JSON.stringify(bodyOf(letter.event));
            return { MessageId: id, ReceiptHandle: id, Body: body, MD5OfBody: md5(body), Attributes: {} };
          }),
      }),
    ],
    [
      'AmazonSQS.ChangeMessageVisibility',
      (input: Asked & { readonly ReceiptHandle: string }) => {
        known(deadLetters, input).show(input.ReceiptHandle);
        return {};
      },
    ],
    [
      'AmazonSQS.DeleteMessage',
      (input: Asked & { readonly ReceiptHandle: string }) => {
        known(deadLetters, input).remove(input.ReceiptHandle);
        return {};
      },
    ],
  ] as const);
};

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** A dead letter here holds what its function got: a record of the queue. */
const bodyOf = (event: unknown): unknown => event;
