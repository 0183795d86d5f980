import { DynamoDB, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CachingStrategy, Codec, Decider, LoadOption, MemoryCache, StreamId, StreamName } from '@equinox-js/core';
import {
  AccessStrategy,
  DynamoStoreCategory,
  DynamoStoreClient,
  DynamoStoreContext,
  Position,
  QueryOptions,
  TipOptions,
} from '@equinox-js/dynamo-store';
import { type Account, type AccountEvent, close, entries, evolve, move, opened } from '../account.ts';
import type { TableShape } from '../engine/tables.ts';
import type { Process, Store } from './store.ts';

const table = 'equinox';
const category = 'Account';

type Stored = AccountEvent | { readonly type: 'Snapshotted'; readonly data: Account };

const codec = Codec.compress(Codec.json<Stored>());
const isOrigin = ({ type }: Stored): boolean => type === 'Snapshotted';
const toSnapshot = (data: Account): Stored => ({ type: 'Snapshotted', data });
export const fold = (account: Account, events: readonly Stored[]): Account =>
  events.reduce((folded, event) => (event.type === 'Snapshotted' ? event.data : evolve(folded, event)), account);

/** The decider of one account: snapshots in the tip, and a cache, with the default limits. */
export const accountsOn = (client: DynamoDBClient) => {
  const context = new DynamoStoreContext({
    client: new DynamoStoreClient(client as DynamoDB),
    tableName: table,
    tip: TipOptions.create({}),
    query: QueryOptions.create({}),
  });
  const caching = CachingStrategy.Cache(new MemoryCache(10_000));
  const access = AccessStrategy.Snapshot(isOrigin, toSnapshot);
  const accounts = DynamoStoreCategory.create<Stored, Account, null>(context, category, codec as never, fold, opened(), caching, access);
  return { context, account: (id: string) => Decider.forStream(accounts, StreamId.create(id), null) };
};

const eventsPerFill = 100;

const tables: readonly TableShape[] = [
  {
    name: table,
    keys: [
      ['p', 'S'],
      ['i', 'N'],
    ],
  },
];

const equinoxWith = (name: string, note: string, load: LoadOption): Store => ({
  name,
  note,
  tables,
  connect: (connection) => new DynamoDB(connection),
  start: (client): Process => {
    const { account, context } = accountsOn(client);
    return {
      move: (id, entries) => account(id).transact((state) => move(state, entries), load),
      close: (id) => account(id).transact((state) => close(state), load),
      load: (id) => account(id).query((state) => state, LoadOption.RequireLoad),
      forge: async (id, version, data) => {
        const position = { ...Position.null_(version - 1), index: version - 1 };
        const event = codec.encode({ type: 'MoneyMoved', data }, undefined);
        const stream = StreamName.create(category, StreamId.create(id));
        const result = await context.storeClient.sync(stream, position, Position.toIndex, version, [event], []);
        if (result.type !== 'Written') throw new Error('the version of the tip is another one');
      },
      fill: async (id, count) => {
        for (let done = 0; done < count; done += eventsPerFill)
          await account(id).transact(
            (state) => move(state, entries(Math.min(eventsPerFill, count - done), done + 1)),
            LoadOption.AnyCachedValue,
          );
      },
    };
  },
});

/** With its default: it compares the cached state with the tip before each command. */
export const equinox = equinoxWith('Equinox-JS', 'snapshot in the tip, `MemoryCache`, its default `RequireLoad`', LoadOption.RequireLoad);

export const equinoxOptimistic = equinoxWith('Equinox-JS, `AnyCachedValue`', 'the same, trusting its cache', LoadOption.AnyCachedValue);
