import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

interface Answer {
  readonly body?: unknown;
}
interface Handler {
  handle(request: { readonly headers: Readonly<Record<string, string>> }, options?: object): Promise<{ readonly response: Answer }>;
  destroy(): void;
}

/** Drops the answer to the next write after the engine has carried it out, once. The SDK then retries as it is configured. */
export const loseNextAnswer = (client: DynamoDBClient): void => {
  const config = client.config as unknown as { requestHandler: Handler };
  const connection = config.requestHandler;
  let isDue = true;
  config.requestHandler = {
    destroy: () => connection.destroy(),
    handle: async (request, options) => {
      const answer = await connection.handle(request, options);
      const isWrite = /\.(PutItem|UpdateItem|TransactWriteItems)$/.test(request.headers['x-amz-target'] ?? '');
      if (!isDue || !isWrite) return answer;
      isDue = false;
      for await (const _ of answer.response.body as AsyncIterable<Uint8Array>);
      throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
    },
  };
};
