import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, test } from '@jest/globals';
import type { CommitItem } from '../../adapters/commit-item.ts';
import { dynamoEventStore } from '../../adapters/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/dynamo-read-models.ts';
import { auditPage } from '../../core/audit.ts';
import { tableKey } from '../../core/projection.ts';
import { project, type Stores } from '../../core/projector.ts';
import { createEventsTable, createReadTable, engineClient, storedItems } from '../support/dynamo.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { noted, totals, written } from '../support/read-notes.ts';
import { parkedIn } from '../support/read-taps.ts';

// An item of the log that was damaged, by hand or by a bug of long ago: it stops its own stream, and nothing else.

const client = engineClient();
let stores: Stores;
let damaged: Awaited<ReturnType<typeof written>>;
beforeAll(async () => {
  const [table, readTable] = [await createEventsTable(), await createReadTable(totals)];
  const readModels = dynamoReadModels({ client, tables: { [tableKey(totals)]: readTable } });
  stores = storesOf(dynamoEventStore({ client, table, now: () => new Date() }), readModels);
  damaged = await written(stores.eventStore, [noted(1)], [noted(2)], [noted(3)]);
  await written(stores.eventStore, [noted(1)]);
  const [, second] = await storedItems(table, damaged.stream);
  await client.send(new PutCommand({ TableName: table, Item: { ...(second as CommitItem), events: '[{"type":"Add' } }));
});

// What cannot be read is an error of the store, so Lambda tries again until it gives the batch up.
test.failing('its stream is parked', async () => {
  expect(await project(stores, totals, [{ stream: damaged.stream, commits: [] }])).toEqual(new Map());
  expect(await parkedIn(stores, totals)).toMatchObject([{ eventId: expect.stringContaining(`${damaged.stream.id}@2`) }]);
});

test('what was read before it is projected', async () => {
  await project(stores, totals, deliveriesOf(damaged.commits.slice(0, 1)));
  expect((await stores.readModels.get(totals, damaged.stream.id, 'strong')).version).toBe(1);
});

// One such item, and no audit comes to an end any more.
test.failing('an audit tells of it, and of the others', async () => {
  const { findings } = await auditPage({ stores, projections: [totals], isListening: () => true, isRepairing: false }, { index: 0, of: 1 });
  expect(findings.length).toBeGreaterThanOrEqual(2);
});
