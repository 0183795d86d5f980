import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { eventId, streamName } from '../../core/basics/stream.ts';
import type { Commit, EventStore } from '../../core/log/event-store.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { tableKey } from '../../core/read/projection.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { meterOf } from '../support/meter.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { noted, notes, notesOf, written } from '../support/read-notes.ts';
import { deliver, parkedIn, rowOf } from '../support/read-taps.ts';

// What documents of many streams cost, asserted, and what happens at the limits of a transaction.

const client = engineClient();
const meter = meterOf(client);
let stores: ProjectionPorts;
let uncounted: EventStore;
let note: string;
beforeAll(async () => {
  const [table, tables] = [await createEventsTable(), { [tableKey(notes)]: await createReadTable(notes) }];
  const now = () => new Date();
  uncounted = dynamoEventStore({ client: engineClient(), table, now });
  stores = storesOf(dynamoEventStore({ client, table, now }), dynamoReadModels({ client, tables }));
});
beforeEach(() => {
  note = randomUUID();
});

const spent = async (commits: readonly Commit[]) => {
  meter.reset();
  await deliver(stores, notes, deliveriesOf(commits));
  return meter.calls();
};
const fill = (...commits: Parameters<typeof written>[1][]) => written(uncounted, ...commits);

test('ten commits of one stream on one document are one write', async () => {
  const { commits } = await fill(...Array.from({ length: 10 }, () => [noted(1, note), noted(2, note)]));
  expect(await spent(commits)).toEqual({ GetItem: 2, TransactWriteItems: 1 });
  expect((await rowOf(stores, notes, note)).document).toEqual(notesOf([commits]).get(note));
});

test.each([2, 10, 60, 99])('%d streams on one document are one transaction', async (count) => {
  const all = await Promise.all(Array.from({ length: count }, (_, index) => fill([noted(index, note)])));
  const calls = await spent(all.flatMap(({ commits }) => commits));
  expect(calls).toEqual({ BatchGetItem: 1, GetItem: 1, TransactWriteItems: 1 });
  expect((await rowOf(stores, notes, note)).document).toEqual(notesOf(all.map(({ commits }) => commits)).get(note));
});

test('100 streams on one document are two transactions: a document and 100 checkpoints are more than one holds', async () => {
  const all = await Promise.all(Array.from({ length: 100 }, () => fill([noted(1, note)])));
  expect(await spent(all.flatMap(({ commits }) => commits))).toEqual({ BatchGetItem: 1, GetItem: 1, TransactWriteItems: 2 });
  expect((await rowOf(stores, notes, note)).document).toMatchObject({ sum: 100 });
});

test('events of no document cost the checkpoint, once for all commits', async () => {
  const { stream, commits } = await fill([noted(1)], [noted(2)], [noted(3)]);
  expect(await spent(commits)).toEqual({ GetItem: 1, PutItem: 1 });
  expect(meter.units()).toMatchObject({ write: 1 });
  expect((await rowOf(stores, notes, progressKey(notes, stream))).version).toBe(3);
});

test('what came before costs the look at the checkpoint', async () => {
  const { commits } = await fill([noted(1, note)], [noted(2, note)]);
  await spent(commits);
  expect(await spent(commits)).toEqual({ GetItem: 1 });
});

test('a batch that touches 250 documents is three transactions, and none is missing', async () => {
  const keys = Array.from({ length: 250 }, (_, index) => `${note}-${index}`);
  const { commits } = await fill(...keys.map((key, index) => [noted(index, key)]));
  const calls = await spent(commits);
  expect(calls['TransactWriteItems']).toBe(3);
  const rows = await stores.readModels.getMany(notes, keys, 'strong');
  expect(new Map([...rows].map(([key, { document }]) => [key, document]))).toEqual(notesOf([commits]));
});

test('a commit that touches 99 documents is one transaction', async () => {
  const { commits } = await fill(Array.from({ length: 99 }, (_, index) => noted(index, `${note}-${index}`)));
  expect(await spent(commits)).toEqual({ GetItem: 1, BatchGetItem: 1, TransactWriteItems: 1 });
});

test.each([
  [100, { GetItem: 2, BatchGetItem: 1, TransactWriteItems: 2 }], // The second part has one document.
  [198, { GetItem: 1, BatchGetItem: 2, TransactWriteItems: 2 }],
  [250, { GetItem: 1, BatchGetItem: 3, TransactWriteItems: 3 }],
])('a commit that touches %d documents costs one read and one transaction for each 99 of them', async (count, budget) => {
  const keys = Array.from({ length: count }, (_, index) => `${note}-${index}`);
  const { stream, commits } = await fill(keys.map((key, index) => noted(index, key)));
  expect(await spent(commits)).toEqual(budget);
  const rows = await stores.readModels.getMany(notes, keys, 'strong');
  expect(new Map([...rows].map(([key, { document }]) => [key, document]))).toEqual(notesOf([commits]));
  expect(await rowOf(stores, notes, progressKey(notes, stream))).toEqual({
    document: null,
    version: count,
    recordedAt: expect.any(String),
  });
  expect(await spent(commits)).toEqual({ GetItem: 1 });
});

test('a document that grows past what an item holds parks the stream that made it, and no other', async () => {
  const wordy = { ...notes, name: 'wordy', evolve: { Added: notes.evolve.Added } };
  const tables = { [tableKey(wordy)]: await createReadTable(wordy) };
  const own = { ...stores, readModels: dynamoReadModels({ client, tables }) };
  const big = {
    ...wordy,
    initialState: () => ({ sum: 0, seen: [] as readonly string[] }),
    evolve: {
      Added: ({ sum, seen }: { sum: number; seen: readonly string[] }, { amount }: { amount: number }) => ({
        sum: sum + amount,
        seen: [...seen, 'x'.repeat(amount)],
      }),
    },
  };
  const [greedy, modest] = [await fill([noted(1000, note)], [noted(500_000, note)], [noted(1, note)]), await fill([noted(2, note)])];
  await deliver(own, big, deliveriesOf([...greedy.commits, ...modest.commits]));
  expect(await parkedIn(own, big)).toMatchObject([{ eventId: eventId(greedy.stream, 2), error: expect.stringMatching(/takes \d+ bytes/) }]);
  expect((await rowOf(own, big, note)).document).toMatchObject({ sum: 1002 });
});

describe('documents of 300 KB each, of which a transaction takes 13', () => {
  const large = {
    ...notes,
    name: 'large',
    evolve: { Added: (_: unknown, { amount }: { amount: number }) => ({ sum: amount, seen: ['x'.repeat(300_000)] }) },
  };
  const twenty = () => Array.from({ length: 20 }, (_, index) => noted(index, `${note}-${index}`));
  let own: ProjectionPorts;
  beforeAll(async () => {
    const tables = { [tableKey(large)]: await createReadTable(large) };
    own = { ...stores, readModels: dynamoReadModels({ client, tables }) };
  });
  const sums = async () => {
    const keys = twenty().map((_, index) => `${note}-${index}`);
    const rows = await own.readModels.getMany(large, keys, 'strong');
    return keys.flatMap((key) => rows.get(key)?.document?.['sum'] ?? []);
  };

  test('are written all the same, in two transactions', async () => {
    const { commits } = await fill(...twenty().map((event) => [event]));
    meter.reset();
    await deliver(own, large, deliveriesOf(commits));
    expect(meter.calls()['TransactWriteItems']).toBe(2);
    expect(await sums()).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('are written all the same if one commit changes them, and other streams go on', async () => {
    const [wide, other] = [await fill(twenty()), await fill([noted(7, `${note}-0`)])];
    await deliver(own, large, deliveriesOf([...wide.commits, ...other.commits]));
    expect((await parkedIn(own, large)).filter(({ stream }) => stream === streamName(wide.stream))).toEqual([]);
    expect((await rowOf(own, large, progressKey(large, wide.stream))).version).toBe(20);
    expect((await rowOf(own, large, progressKey(large, other.stream))).version).toBe(1);
    expect((await sums()).slice(1)).toEqual(Array.from({ length: 19 }, (_, index) => index + 1));
  });
});
