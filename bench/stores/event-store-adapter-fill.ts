import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { entry, evolve, opened } from '../account.ts';
import { bulkWriter } from '../engine/bulk.ts';
import { accountId, accountsOn, aggregate, type Tables } from './event-store-adapter-accounts.ts';

/** Writes the journal in bulk. It persists the first and the last event as usual, so that the library's own snapshot and lock exist. */
export const fill = async (client: DynamoDBClient, id: string, count: number, tables: Tables): Promise<void> => {
  const { persist } = accountsOn(client, tables);
  const writer = bulkWriter(client, tables.journal);
  let lock: object | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the library's own transactions, recorded instead of sent.
  const noteDown = ({ input }: any): Promise<void> => {
    const [{ Update }, { Put }] = input.TransactItems;
    lock = Update.Key;
    return writer.put(Put.Item);
  };
  const scribe = accountsOn({ send: noteDown } as unknown as DynamoDBClient, { ...tables, snapshotEvery: Number.POSITIVE_INFINITY });
  let state = opened();
  for (let number = 1; number <= count; number++) {
    const event = { type: 'MoneyMoved', data: entry(number) } as const;
    const isEnd = number === 1 || number === count;
    if (number === count && lock !== undefined) await Promise.all([writer.end(), setVersion(client, tables.snapshots, lock, number - 1)]);
    await (isEnd ? persist : scribe.persist)(aggregate(accountId(id), state, number - 1, number - 1), event);
    state = evolve(state, event);
  }
};

const setVersion = (client: DynamoDBClient, table: string, key: object, version: number) =>
  client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: key as never,
      UpdateExpression: 'SET version = :version',
      ExpressionAttributeValues: { ':version': { N: String(version) } },
    }),
  );
