import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { address } from '../../core/basics/stream.ts';
import type { EventStore, Tail } from '../../core/log/event-store.ts';
import { toStored } from '../../core/log/stored-events.ts';
import { commandHandler } from '../../core/write/command-handler.ts';
import { type CommandOf, foldingOf } from '../../core/write/decider.ts';
import { type AccountEvent, entry, evolve, opened } from '../account.ts';
import { bulkWriter } from '../engine/bulk.ts';
import type { TableShape } from '../engine/tables.ts';
import { account } from './account-decider.ts';
import type { Process, Store } from './store.ts';

const table = 'foldstream';

// The project's own SDK, not the one that is installed here for the other stores: the adapters recognise errors by their class.
const require = createRequire(new URL('../../package.json', import.meta.url));
export const projectSdk = require('@aws-sdk/client-dynamodb') as typeof import('@aws-sdk/client-dynamodb');
const { DynamoDBDocumentClient } = require('@aws-sdk/lib-dynamodb') as typeof import('@aws-sdk/lib-dynamodb');

/** The client of lambdas/runtime.ts. */
export const documentClient = (client: DynamoDBClient) =>
  DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

const storeOn = (client: DynamoDBClient): EventStore => dynamoEventStore({ client: documentClient(client), table, now: () => new Date() });

/** Wired as in lambdas/runtime.ts. */
export const handlerOn = (client: DynamoDBClient) =>
  commandHandler({
    eventStore: storeOn(client),
    cache: tailCache({ maxEntries: 10_000, maxBytes: 48 * 1024 * 1024 }),
    pause: (conflicts) => setTimeout(Math.random() * 10 * 2 ** conflicts),
  });

export const request = (command: CommandOf<typeof account>, commandId: string) => ({
  command,
  commandId,
  correlationId: commandId,
  causationId: commandId,
});

const stream = (id: string) => address(account.name, id);

/** The folding of an account. Another revision makes every snapshot unreadable, as after a change of the code. */
const folding = (revision: number) => foldingOf({ ...account, revision });

const tables: readonly TableShape[] = [
  {
    name: table,
    keys: [
      ['stream', 'S'],
      ['version', 'N'],
    ],
  },
];

const foldstreamWith = (name: string, note: string, revision: number): Store => ({
  name,
  note,
  tables,
  connect: (connection) =>
    new projectSdk.DynamoDBClient({
      ...connection,
      maxAttempts: 4,
      // Five times the timeout of a Lambda: this engine shares the processors, and is slow with a page of a megabyte.
      requestHandler: { connectionTimeout: 1000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    }),
  start: (client): Process => {
    const store = storeOn(client);
    const handle = handlerOn(client);
    return {
      move: (id, entries, commandId) => handle(account, { id }, request({ type: 'Move', data: { entries: [...entries] } }, commandId)),
      close: (id, commandId) => handle(account, { id }, request({ type: 'Close', data: {} }, commandId)),
      load: async (id) => (await store.load(stream(id), folding(revision), 'eventual')).state,
      forge: async (id, version, data) => {
        const { tail, state } = await store.load(stream(id), folding(1), 'strong');
        const forged = { ...tail, version: version - 1 } as Tail;
        const decided = { events: toStored(account.events, [{ type: 'MoneyMoved', data }]), folded: { fingerprint: '', state } };
        const appended = await store.append(forged, request({ type: 'Close', data: {} }, randomUUID()), decided);
        if (!appended.won) throw new Error('lost to the commit that is there');
      },
      fill: (id, count) => fill(client, id, count),
    };
  },
});

/** Fills through the store's own append, into a log that is written in bulk. */
const fill = async (client: DynamoDBClient, id: string, count: number): Promise<void> => {
  const writer = bulkWriter(client, table);
  const never = async () => Promise.reject(new Error('nothing is read while a stream is filled'));
  const putNew = async (item: object): Promise<undefined> => {
    await writer.put(marshall(item));
  };
  const scribe = eventStore({ putNew, query: never, scan: never }, () => new Date());
  const { fingerprint } = folding(1);
  let tail = scribe.begin(stream(id));
  let state = opened();
  for (let number = 1; number <= count; number++) {
    const data = entry(number);
    const event: AccountEvent = { type: 'MoneyMoved', data };
    state = evolve(state, event);
    const asked = request({ type: 'Move', data: { entries: [data] } }, randomUUID());
    ({ tail } = await scribe.append(tail, asked, { events: toStored(account.events, [event]), folded: { fingerprint, state } }));
  }
  await writer.end();
};

export const foldstream = foldstreamWith('**this project**', 'wired as in `lambdas/runtime.ts`', 1);

export const foldstreamRefolding = foldstreamWith(
  '**this project**, no snapshot readable',
  'as after a change of the decider, which its snapshots do not survive',
  2,
);
