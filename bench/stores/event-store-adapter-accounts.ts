import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type EventStore, EventStoreFactory } from 'event-store-adapter-js';
import { type Account, type AccountEvent, evolve, opened } from '../account.ts';

const shards = 32;

export interface Tables {
  readonly journal: string;
  readonly snapshots: string;
  /** The number of events between two snapshots. */
  readonly snapshotEvery: number;
}

interface AccountId {
  readonly typeName: string;
  readonly value: string;
  readonly asString: () => string;
}
export const accountId = (value: string): AccountId => ({ typeName: 'Account', value, asString: () => `Account-${value}` });

/** An account in the form that the library requires. `version` is its lock, `sequenceNumber` counts the events. */
export interface Aggregate {
  readonly typeName: string;
  readonly id: AccountId;
  readonly sequenceNumber: number;
  readonly version: number;
  readonly state: Account;
  withVersion(version: number): Aggregate;
  updateVersion(change: (version: number) => number): Aggregate;
}
export const aggregate = (id: AccountId, state: Account, sequenceNumber: number, version: number): Aggregate => ({
  typeName: 'Account',
  id,
  state,
  sequenceNumber,
  version,
  withVersion: (next) => aggregate(id, state, sequenceNumber, next),
  updateVersion: (change) => aggregate(id, state, sequenceNumber, change(version)),
});

interface Event {
  readonly typeName: string;
  readonly id: string;
  readonly aggregateId: AccountId;
  readonly sequenceNumber: number;
  readonly occurredAt: Date;
  readonly isCreated: boolean;
  readonly content: AccountEvent;
}
const eventOf = (aggregateId: AccountId, sequenceNumber: number, content: AccountEvent): Event => ({
  typeName: content.type,
  id: `${aggregateId.value}-${sequenceNumber}`,
  aggregateId,
  sequenceNumber,
  occurredAt: new Date(),
  isCreated: sequenceNumber === 1,
  content,
});

const eventStoreOn = (client: DynamoDBClient, { journal, snapshots }: Tables): EventStore<AccountId, Aggregate, Event> =>
  EventStoreFactory.ofDynamoDB<AccountId, Aggregate, Event>(
    client,
    journal,
    snapshots,
    'journal-aid-index',
    'snapshots-aid-index',
    shards,
    // biome-ignore lint/suspicious/noExplicitAny: it calls parsed JSON a string.
    ({ data }: any) => ({ ...data, aggregateId: accountId(data.aggregateId.value), occurredAt: new Date(data.occurredAt) }),
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    ({ data }: any) => aggregate(accountId(data.id.value), data.state, data.sequenceNumber, data.version),
  );

/** The repository of the library's README, with the snapshot rule of its example project. */
export const accountsOn = (client: DynamoDBClient, tables: Tables) => {
  const store = eventStoreOn(client, tables);
  const find = async (id: AccountId): Promise<Aggregate> => {
    const snapshot = await store.getLatestSnapshotById(id);
    if (snapshot === undefined) return aggregate(id, opened(), 0, 1);
    const events = await store.getEventsByIdSinceSequenceNumber(id, snapshot.sequenceNumber + 1);
    return aggregate(
      id,
      events.reduce((state, { content }) => evolve(state, content), snapshot.state),
      snapshot.sequenceNumber + events.length,
      snapshot.version,
    );
  };
  const persist = async ({ id, state, sequenceNumber, version }: Aggregate, content: AccountEvent): Promise<void> => {
    const event = eventOf(id, sequenceNumber + 1, content);
    const isDue = event.isCreated || event.sequenceNumber % tables.snapshotEvery === 0;
    if (isDue) await store.persistEventAndSnapshot(event, aggregate(id, evolve(state, content), event.sequenceNumber, version));
    else await store.persistEvent(event, version);
  };
  return { find, persist };
};
