import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { orUnavailable } from '../aws/unavailable.ts';

export interface CallQueue {
  readonly client: SQSClient;
  readonly url: string;
}

/** SQS delays a message by so much at most. */
const longestSeconds = 900;

/** Puts a notice back into the queue, to come again after some seconds. */
export const laterInQueue =
  ({ client, url }: CallQueue) =>
  async (notice: object, seconds: number): Promise<void> => {
    const DelaySeconds = Math.min(Math.max(1, Math.ceil(seconds)), longestSeconds);
    await orUnavailable(client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(notice), DelaySeconds })));
  };
