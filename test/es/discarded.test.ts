import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { relayPositions } from '../../core/publish/relay.ts';
import { tableKey } from '../../core/read/projection.ts';
import { FakeBus } from '../support/bus.ts';
import { busServer } from '../support/bus-server.ts';
import { createEventsTable, createPointersTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { objectStore } from '../support/object-store.ts';
import { storesOf } from '../support/projecting.ts';
import { added, append } from '../support/requests.ts';
import { tallyTotal } from '../support/tally.ts';
import { letActsBeRecorded, spoken } from './spawned.ts';

// Batches that Lambda gave up, read from the buckets that the stack's outputs name.

const folder = mkdtempSync(join(tmpdir(), 'foldstream-es-discarded-'));
const client = engineClient();
let bus: FakeBus;
let server: Awaited<ReturnType<typeof busServer>>;
let objects: Awaited<ReturnType<typeof objectStore>>;
let stores: ReturnType<typeof storesOf>;
letActsBeRecorded();
beforeAll(async () => {
  server = await busServer(() => bus);
  Object.assign(process.env, { AWS_ENDPOINT_URL_EVENTBRIDGE: server.url, AWS_REGION: 'eu-central-1' });
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  bus = new FakeBus();
  objects = await objectStore('of-projector', 'of-relay');
  process.env['AWS_ENDPOINT_URL_S3'] = objects.url;
  const [events, pointers] = [await createEventsTable(), await createPointersTable()];
  const [positions, totals] = [await createReadTable(relayPositions), await createReadTable(tallyTotal)];
  const tables = { [tableKey(relayPositions)]: positions, [tableKey(tallyTotal)]: totals };
  stores = storesOf(dynamoEventStore({ client, table: events, now: () => new Date() }), dynamoReadModels({ client, tables }));
  const outputs = {
    EventsTable: events,
    PointersTable: pointers,
    ReadModelTables: JSON.stringify({ [tableKey(tallyTotal)]: totals }),
    RelayPositions: JSON.stringify({ [tableKey(relayPositions)]: positions }),
    EventBus: 'bus',
    OperatorFunction: 'acts',
    DiscardedBatches: 'of-projector',
    DiscardedByRelay: 'of-relay',
  };
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ 'foldstream-test': outputs }));
  for (const id of ['a', 'b', 'c']) await append(stores.eventStore, stores.eventStore.begin({ aggregate: 'tally', id }), added(5));
});
afterEach(() => objects.close());

const redrive = () =>
  spoken(
    [
      ...[
        'redrive',
        '--discarded',
        '--why',
        'a test',
        '--who',
        'tester',
        '--outputs',
        join(folder, 'outputs.json'),
        '--endpoint',
        process.env['DYNAMODB_ENDPOINT'] ?? '',
      ],
      ...['--domain', join(import.meta.dirname, 'domains', 'publishing')],
    ],
    folder,
  );
const batch = (...streams: readonly string[]) => {
  const Records = streams.map((stream) => ({ eventName: 'INSERT', dynamodb: { Keys: { stream: { S: stream }, version: { N: '1' } } } }));
  return { version: '1.0', payload: JSON.stringify({ Records }) };
};
const versions = async () =>
  Promise.all(['a', 'b', 'c'].map(async (id) => (await stores.readModels.get(tallyTotal, id, 'strong')).version));
const published = () => bus.events.map(({ id }) => id).toSorted();
const all = ['tally-a@1', 'tally-b@1', 'tally-c@1'];

const threeBatches = (): void => {
  objects.write('of-projector', 'aws/lambda/1/shard-1/2026/11/23/x', batch('tally-a', 'tally-a', 'tally-b'));
  objects.write('of-projector', 'aws/lambda/1/shard-2/2026/11/23/y', batch('tally-b'));
  objects.write('of-relay', 'aws/lambda/2/shard-1/2026/11/23/z', batch('tally-c', 'no address'));
};
const threeAreIn = '3 batches, 6 records of 3 streams: every read model is up to them, and the relay\n';

test('the batches that the listeners gave up are in every read model, and published once', async () => {
  threeBatches();
  for (const _ of ['once', 'again']) expect(await redrive()).toMatchObject({ code: 0, out: threeAreIn });
  expect(await versions()).toEqual([1, 1, 1]);
  expect(published()).toEqual(all);
});

test('empty buckets have no batch to redrive', async () => {
  expect(await redrive()).toMatchObject({
    code: 0,
    out: '0 batches, 0 records of 0 streams: every read model is up to them, and the relay\n',
  });
});

test('a bucket of more than a page is read to its end', async () => {
  for (let index = 0; index < 1100; index++) objects.write('of-projector', `${String(index).padStart(4, '0')}`, batch('tally-a'));
  objects.write('of-projector', 'last', batch('tally-b'));
  const { code, out } = await redrive();
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^1,101 batches, 1,101 records of 2 streams: /) });
  expect(await versions()).toEqual([1, 1, 0]);
});

test('a file that is no batch is named, and no batch is replayed', async () => {
  threeBatches();
  objects.write('of-relay', 'odd', '{}');
  expect(await redrive()).toMatchObject({
    code: 1,
    said: expect.stringMatching(/s3:\/\/of-relay\/odd is not a batch of the events table/),
  });
  expect([await versions(), published()]).toEqual([[0, 0, 0], []]);
});

describe.each(['throttle', 'drop', 'lost'] as const)('a request of S3 that meets %s', (fault) => {
  test.each([1, 2, 3, 4, 5])('is sent again: the %dth', async (at) => {
    threeBatches();
    objects.restart((nth) => (nth === at ? fault : 'pass'));
    expect(await redrive()).toMatchObject({ code: 0, out: threeAreIn });
    expect(objects.requests()).toBe(6);
    expect(published()).toEqual(all);
  });

  test('for good is an error that says so, and no batch is replayed', async () => {
    threeBatches();
    objects.restart((nth) => (nth > 3 ? fault : 'pass'));
    expect(await redrive()).toMatchObject({ code: 1, out: '', said: expect.stringMatching(/s3:\/\/of-\S+: S3 does not answer: /) });
    expect([await versions(), published()]).toEqual([[0, 0, 0], []]);
    objects.restart();
    expect(await redrive()).toMatchObject({ code: 0, out: threeAreIn });
    expect(published()).toEqual(all);
  });
});

test('a missing bucket is named', async () => {
  await objects.close();
  objects = await objectStore('elsewhere');
  process.env['AWS_ENDPOINT_URL_S3'] = objects.url;
  expect(await redrive()).toMatchObject({ code: 1, said: expect.stringMatching(/s3:\/\/of-projector: NoSuchBucket: /) });
});
