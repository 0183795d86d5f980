import { DynamoDB, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command, type EventDetail, EventStore, EventType, tuple } from '@castore/core';
import { DynamoDBSingleTableEventStorageAdapter } from '@castore/event-storage-adapter-dynamodb';
import { type Account, type AccountEvent, close, type Entry, entry, evolve, move, opened } from '../account.ts';
import { bulkWriter } from '../engine/bulk.ts';
import type { Process, Store } from './store.ts';

const table = 'castore';
const eventStoreId = 'ACCOUNTS';

interface Aggregate extends Account {
  readonly aggregateId: string;
  readonly version: number;
}

const eventTypes = [
  new EventType<'MoneyMoved', EventDetail<'MoneyMoved', Entry>>({ type: 'MoneyMoved' }),
  new EventType({ type: 'AccountClosed' }),
];

const reducer = (account: Account, { aggregateId, version, type, payload }: EventDetail): Aggregate => ({
  ...evolve(account ?? opened(), { type, data: payload } as AccountEvent),
  aggregateId,
  version,
});

/** The account store as Castore's documentation recommends: the single-table adapter, and a command that retries. */
export const accountsOn = (dynamoDBClient: DynamoDBClient) => {
  const eventStorageAdapter = new DynamoDBSingleTableEventStorageAdapter({ tableName: table, dynamoDBClient });
  const accounts = new EventStore({ eventStoreId, eventTypes, reducer, eventStorageAdapter });
  return { accounts, eventStorageAdapter };
};

/** Used for folding only. */
export const account = new EventStore({ eventStoreId, eventTypes, reducer });

type Decide = (account: Account) => AccountEvent[];

export const handleWith = (accounts: ReturnType<typeof accountsOn>['accounts']) => {
  const command = new Command({
    commandId: 'HANDLE',
    requiredEventStores: tuple(accounts),
    handler: async ({ aggregateId, decide }: { aggregateId: string; decide: Decide }, [store]) => {
      const { aggregate } = await store.getAggregate(aggregateId);
      const details = decide(aggregate ?? opened()).map(({ type, data }, index) => ({
        aggregateId,
        version: (aggregate?.version ?? 0) + index + 1,
        type,
        payload: data,
      }));
      await push(accounts, details, aggregate);
    },
  });
  return (aggregateId: string, decide: Decide) => command.handler({ aggregateId, decide }, [accounts]);
};

// biome-ignore lint/suspicious/noExplicitAny: its types ask for a tuple of known length, and an exact type for each event.
const push = async (accounts: any, details: readonly object[], prevAggregate: Aggregate | undefined): Promise<void> => {
  if (details.length === 1) await accounts.pushEvent(details[0], { prevAggregate });
  if (details.length <= 1) return;
  const grouped = details.map((detail) => accounts.groupEvent(detail));
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  await (EventStore.pushEventGroup as any)(...grouped);
};

export const castore: Store = {
  name: 'Castore',
  note: 'single-table adapter; `Command` with its own retries; it has no snapshots and no cache',
  tables: [
    {
      name: table,
      keys: [
        ['aggregateId', 'S'],
        ['version', 'N'],
      ],
      indexes: [
        {
          name: 'initialEvents',
          keys: [
            ['eventStoreId', 'S'],
            ['timestamp', 'S'],
          ],
          projection: 'KEYS_ONLY',
        },
      ],
    },
  ],
  connect: (connection) => new DynamoDB(connection),
  start: (client): Process => {
    const { accounts, eventStorageAdapter } = accountsOn(client);
    const handle = handleWith(accounts);
    return {
      move: (id, entries) => handle(id, (account) => move(account, entries)),
      close: (id) => handle(id, close),
      load: async (id) => (await accounts.getAggregate(id)).aggregate ?? opened(),
      forge: (id, version, payload) => push(accounts, [{ aggregateId: id, version, type: 'MoneyMoved', payload }], undefined),
      fill: async (id, count) => {
        const writer = bulkWriter(client, table);
        for (let version = 1; version <= count; version++) {
          const event = { aggregateId: id, version, type: 'MoneyMoved', timestamp: new Date().toISOString(), payload: entry(version) };
          await writer.put(eventStorageAdapter.getPushEventInput(event, { eventStoreId }).Item);
        }
        await writer.end();
      },
    };
  },
};
