import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

// biome-ignore lint/suspicious/noExplicitAny: items of any store, in the SDK's own form.
type Item = any;

const perRequest = 25;
const inFlight = 4;

/** Writes items in batches, a few batches at a time. */
export const bulkWriter = (client: DynamoDBClient, table: string) => {
  let batch: Item[] = [];
  let sent: Promise<unknown>[] = [];

  const send = async (items: readonly Item[]): Promise<void> => {
    const requests = items.map((item) => ({ PutRequest: { Item: item } }));
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error(`the engine left items of ${table} unwritten`);
  };
  const flush = async (): Promise<void> => {
    if (batch.length > 0) sent.push(send(batch));
    batch = [];
    if (sent.length < inFlight) return;
    await Promise.all(sent);
    sent = [];
  };
  return {
    put: async (item: Item): Promise<void> => {
      batch.push(item);
      if (batch.length === perRequest) await flush();
    },
    end: async (): Promise<void> => {
      await flush();
      await Promise.all(sent);
    },
  };
};
