import { deflateRawSync } from 'node:zlib';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { CommitItem } from '../../adapters/event-log/commit-item.ts';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { auditPage } from '../../core/audit/audit.ts';
import { eventId, streamName } from '../../core/basics/stream.ts';
import { integrationEvents } from '../../core/publish/publication.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { type AnyProjection, tableKey } from '../../core/read/projection.ts';
import { project } from '../../core/read/projector.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { createEventsTable, createReadTable, engineClient, storedItems } from '../support/dynamo.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { noted, notes, totals, written } from '../support/read-notes.ts';
import { deliver, parkedIn, rowOf } from '../support/read-taps.ts';
import { errorOf, loadAll, longAgo } from '../support/requests.ts';

// An item of the log that was damaged, by hand or by a bug of long ago: it stops its own stream, and nothing else.

const client = engineClient();
let table: string;
let stores: ProjectionPorts;
beforeAll(async () => {
  table = await createEventsTable();
  const tables = { [tableKey(totals)]: await createReadTable(totals), [tableKey(notes)]: await createReadTable(notes) };
  stores = storesOf(dynamoEventStore({ client, table, now: longAgo }), dynamoReadModels({ client, tables }));
});

/** A stream of three commits, whose second one was damaged since. */
const damagedBy = async (damage: (item: CommitItem) => object) => {
  const { stream, commits } = await written(stores.eventStore, [noted(1, 'a')], [noted(2, 'a'), noted(2, 'a')], [noted(3, 'a')]);
  const [, second] = await storedItems(table, stream);
  await client.send(new PutCommand({ TableName: table, Item: damage(second as CommitItem) }));
  const repair = () => client.send(new PutCommand({ TableName: table, Item: second as CommitItem }));
  return { stream, commits, repair };
};

const damages: Readonly<Record<string, (item: CommitItem) => object>> = {
  'is cut off': (item) => ({ ...item, events: '[{"type":"Add' }),
  'is no list': (item) => ({ ...item, events: '{}' }),
  'holds no events': (item) => ({ ...item, events: '[null, 1]' }),
  'holds fewer than it says': (item) => ({ ...item, events: '[]' }),
  'cannot be decompressed': (item) => ({ ...item, events: deflateRawSync('[{"type":"Added"}]').subarray(0, 9) }),
  'has lost its events': ({ events: _, ...item }) => item,
  'has lost its time': ({ at: _, ...item }) => item,
};
const both: readonly (readonly [string, AnyProjection])[] = [
  ['one stream', totals],
  ['many streams', notes],
];

describe.each(both)('in documents of %s', (_, projection) => {
  test.each(Object.entries(damages))('the stream of a commit that %s is parked, and continues after the repair', async (_, damage) => {
    const { stream, repair } = await damagedBy(damage);
    const other = await written(stores.eventStore, [noted(1, 'a')]);
    const deliveries = [stream, other.stream].map((one) => ({ stream: one, commits: [] }));
    expect(await project(stores, projection, deliveries)).toEqual(new Map());
    const key = progressKey(projection, stream);
    expect(await rowOf(stores, projection, key)).toMatchObject({ version: 1, parked: { eventId: eventId(stream, 2) } });
    expect((await rowOf(stores, projection, progressKey(projection, other.stream))).version).toBe(1);
    await repair();
    await deliver(stores, projection, deliveries, { retryParked: true });
    expect(await rowOf(stores, projection, key)).toMatchObject({ version: 4 });
    expect((await parkedIn(stores, projection)).filter((fault) => fault.stream === streamName(stream))).toEqual([]);
  });
});

test('the commits before the damaged one are projected', async () => {
  const { stream, commits } = await damagedBy((item) => ({ ...item, events: '' }));
  await project(stores, totals, deliveriesOf(commits.slice(0, 1)));
  expect((await stores.readModels.get(totals, stream.id, 'strong')).version).toBe(1);
});

test('every reader names the damaged commit, and no event of it is published', async () => {
  const { stream } = await damagedBy((item) => ({ ...item, events: '' }));
  expect(await errorOf(loadAll(stores.eventStore, stream))).toMatchObject({
    name: 'InvalidEvent',
    message: expect.stringContaining(eventId(stream, 2)),
  });
  const [, damaged] = (await stores.eventStore.read(stream, { from: 1, limit: 3 })).commits;
  expect(() => integrationEvents([])(damaged as never)).toThrow(expect.objectContaining({ name: 'Poison', eventId: eventId(stream, 2) }));
});

test('an audit reports it and the others; an item whose key is not the name of a stream stops neither', async () => {
  const { stream } = await damagedBy((item) => ({ ...item, events: '[{"type":"Add' }));
  const other = await written(stores.eventStore, [noted(1)]);
  const [item] = await storedItems(table, other.stream);
  await client.send(new PutCommand({ TableName: table, Item: { ...item, stream: 'no address' } }));
  const noise = jest.spyOn(console, 'error').mockImplementation(() => {});
  await project(stores, totals, [{ stream, commits: [] }]);
  const { findings } = await auditPage({ stores, projections: [totals], isListening: () => true }, { index: 0, of: 1 });
  expect(findings).toContainEqual(expect.objectContaining({ stream: streamName(stream), kind: 'parked', recorded: 4, projected: 1 }));
  expect(findings).toContainEqual(
    expect.objectContaining({ stream: streamName(other.stream), kind: 'missing', recorded: 1, projected: 0 }),
  );
  expect(noise.mock.calls.map(([line]) => JSON.parse(String(line)).stream)).toEqual(['no address']);
});
