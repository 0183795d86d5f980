import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { OptimisticLockError } from 'event-store-adapter-js';
import { type Account, type AccountEvent, close, move } from '../account.ts';
import type { IndexShape, Keys } from '../engine/tables.ts';
import { accountId, accountsOn, type Tables } from './event-store-adapter-accounts.ts';
import { fill } from './event-store-adapter-fill.ts';
import type { Process, Store } from './store.ts';

const handlerOn =
  ({ find, persist }: ReturnType<typeof accountsOn>) =>
  async (id: string, decide: (account: Account) => AccountEvent[]) => {
    for (let attempts = 0; ; attempts++) {
      const account = await find(accountId(id));
      const events = decide(account.state);
      if (events.length > 1) throw new Error('not possible: one event a call');
      try {
        for (const event of events) await persist(account, event);
        return;
      } catch (error) {
        if (!(error instanceof OptimisticLockError) || attempts === 3) throw error;
      }
    }
  };

const byAggregate = (name: string): IndexShape => ({
  name,
  keys: [
    ['aid', 'S'],
    ['seq_nr', 'N'],
  ],
  projection: 'ALL',
});
const keys: Keys = [
  ['pkey', 'S'],
  ['skey', 'S'],
];

const adapterWith = (name: string, note: string, tables: Tables): Store => ({
  name,
  note,
  tables: [
    { name: tables.journal, keys, indexes: [byAggregate('journal-aid-index')] },
    { name: tables.snapshots, keys, indexes: [byAggregate('snapshots-aid-index')] },
  ],
  connect: (connection) => new DynamoDB(connection),
  start: (client): Process => {
    const accounts = accountsOn(client, tables);
    const handle = handlerOn(accounts);
    return {
      move: (id, entries) => handle(id, (account) => move(account, entries)),
      close: (id) => handle(id, close),
      load: async (id) => (await accounts.find(accountId(id))).state,
      forge: async (id, version, data) => {
        const account = await accounts.find(accountId(id));
        await accounts.persist({ ...account, sequenceNumber: version - 1 }, { type: 'MoneyMoved', data });
      },
      fill: (id, count) => fill(client, id, count, tables),
    };
  },
});

export const eventStoreAdapter = adapterWith('event-store-adapter-js', 'the repository of its README: a snapshot with the first event', {
  journal: 'journal',
  snapshots: 'snapshot',
  snapshotEvery: Number.POSITIVE_INFINITY,
});

export const eventStoreAdapterWithSnapshots = adapterWith(
  'event-store-adapter-js, with snapshots',
  'the same, with a snapshot at every 100th event, as its example project can',
  { journal: 'journal-2', snapshots: 'snapshot-2', snapshotEvery: 100 },
);
