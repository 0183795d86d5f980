import { DynamoDB, type DynamoDBClient, PutItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { type Account, type AccountEvent, close, entry, evolve, move, opened } from '../account.ts';
import { bulkWriter } from '../engine/bulk.ts';
import type { Process, Store } from './store.ts';

const table = 'raw';

interface Seen {
  readonly account: Account;
  readonly version: number;
}

/** A store written by hand: an item for each event, a condition, and a cache of the streams that this process has seen. */
export const raw: Store = {
  name: 'raw SDK',
  note: 'by hand: an item for each event, a conditional put, a transaction for several; state and version kept in memory',
  tables: [
    {
      name: table,
      keys: [
        ['account', 'S'],
        ['version', 'N'],
      ],
    },
  ],
  connect: (connection) => new DynamoDB(connection),
  start: (client) => rawProcess(client),
};

const rawProcess = (client: DynamoDBClient): Process => {
  const seen = new Map<string, Seen>();
  const read = async (id: string): Promise<Seen> => {
    const events = await readAll(client, id);
    return { account: events.reduce(evolve, opened()), version: events.length };
  };
  const handle = async (id: string, decide: (account: Account) => AccountEvent[]): Promise<void> => {
    for (let attempts = 0; ; attempts++) {
      const { account, version } = seen.get(id) ?? (await read(id));
      const events = decide(account);
      try {
        await append(client, id, version, events);
        seen.set(id, { account: events.reduce(evolve, account), version: version + events.length });
        return;
      } catch (error) {
        if (!isConflict(error) || attempts === 3) throw error;
        seen.delete(id);
      }
    }
  };
  return {
    move: (id, entries) => handle(id, (account) => move(account, entries)),
    close: (id) => handle(id, close),
    load: async (id) => (await read(id)).account,
    forge: (id, version, data) => append(client, id, version - 1, [{ type: 'MoneyMoved', data }]),
    fill: (id, count) => fill(client, id, count),
  };
};

const itemOf = (id: string, version: number, { type, data }: AccountEvent) => ({
  account: { S: id },
  version: { N: String(version) },
  type: { S: type },
  at: { S: new Date().toISOString() },
  data: { S: JSON.stringify(data) },
});

/** The put to which every store is compared. */
export const rawPut = (id: string, version: number, event: AccountEvent) => ({
  TableName: table,
  Item: itemOf(id, version, event),
  ConditionExpression: 'attribute_not_exists(account)',
});

const append = async (client: DynamoDBClient, id: string, version: number, events: readonly AccountEvent[]): Promise<void> => {
  const puts = events.map((event, index) => rawPut(id, version + index + 1, event));
  const [first] = puts;
  if (first === undefined) return;
  if (puts.length === 1) await client.send(new PutItemCommand(first));
  else await client.send(new TransactWriteItemsCommand({ TransactItems: puts.map((Put) => ({ Put })) }));
};

const isConflict = (error: unknown): boolean =>
  error instanceof Error && ['ConditionalCheckFailedException', 'TransactionCanceledException'].includes(error.name);

/** Every event of a stream, page by page. */
export const readAll = async (client: DynamoDBClient, id: string): Promise<AccountEvent[]> => {
  const events: AccountEvent[] = [];
  for (let from: Record<string, never> | undefined, more = true; more; ) {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'account = :account',
        ExpressionAttributeValues: { ':account': { S: id } },
        ExclusiveStartKey: from,
      }),
    );
    for (const { type, data } of page.Items ?? []) events.push({ type: type?.S, data: JSON.parse(data?.S ?? '') } as AccountEvent);
    from = page.LastEvaluatedKey as typeof from;
    more = from !== undefined;
  }
  return events;
};

const fill = async (client: DynamoDBClient, id: string, count: number): Promise<void> => {
  const writer = bulkWriter(client, table);
  for (let version = 1; version <= count; version++) await writer.put(itemOf(id, version, { type: 'MoneyMoved', data: entry(version) }));
  await writer.end();
};
