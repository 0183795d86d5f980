import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { StoredEvent } from '../../core/log/event-store.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { tableKey } from '../../core/read/projection.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { noted, notes, notesOf, writeMore } from '../support/read-notes.ts';
import { deliver, memoryStores, rowOf } from '../support/read-taps.ts';
import { newStream } from '../support/requests.ts';

// What an event says is a document's key, and no row can have: it stops its own stream, and nothing else.

const onDynamo = async (): Promise<ProjectionPorts> => {
  const client = engineClient();
  const tables = { [tableKey(notes)]: await createReadTable(notes) };
  return storesOf(
    dynamoEventStore({ client, table: await createEventsTable(), now: () => new Date() }),
    dynamoReadModels({ client, tables }),
  );
};

describe.each([
  ['memory', async () => memoryStores()],
  ['DynamoDB', onDynamo],
])('on %s', (name, open) => {
  let stores: ProjectionPorts;
  beforeAll(async () => {
    stores = await open();
  });
  const written = async (tenant: string | undefined, ...all: readonly (readonly StoredEvent[])[]) => {
    const { commits } = await writeMore(stores.eventStore, stores.eventStore.begin({ ...newStream(), tenant }), ...all);
    const [{ stream }] = commits as [(typeof commits)[number]];
    return { commits, progress: () => rowOf(stores, notes, progressKey(notes, stream)) };
  };

  test.each([
    ['empty', '', undefined],
    ['that of a checkpoint', 'stream#tally-1', undefined],
    ['too long', 'x'.repeat(1025), undefined],
    ['too long in bytes', '漢'.repeat(342), undefined],
    ['too long behind the tenant', 'x'.repeat(1020), 'acme'],
    ['half of a character', 'a\ud800', undefined],
  ])('a key that is %s parks its stream', async (what, key, tenant) => {
    const usual = `${name} ${what}`;
    const bad = await written(tenant, [noted(1, usual)], [noted(2, usual), noted(3, key)], [noted(4, usual)]);
    const good = await written(tenant, [noted(5, usual)]);
    await deliver(stores, notes, deliveriesOf([...bad.commits, ...good.commits]));
    expect(await bad.progress()).toMatchObject({ version: 1, parked: { eventId: expect.stringMatching(/@3$/) } });
    expect(await good.progress()).toEqual({ document: null, version: 1, recordedAt: expect.any(String) });
    const document = notesOf([bad.commits.slice(0, 1), good.commits]).get(usual);
    expect((await rowOf(stores, notes, tenant === undefined ? usual : `${tenant}/${usual}`)).document).toEqual(document);
  });

  test.each([
    ['x'.repeat(1024), undefined],
    ['漢'.repeat(341), undefined],
    ['x'.repeat(1019), 'acme'],
  ])('the longest key there is has its document', async (key, tenant) => {
    const { commits, progress } = await written(tenant, [noted(1, key)], [noted(2, key)]);
    await deliver(stores, notes, deliveriesOf(commits));
    expect(await progress()).toMatchObject({ version: 2 });
    expect((await rowOf(stores, notes, tenant === undefined ? key : `${tenant}/${key}`)).document).toMatchObject({ sum: 3 });
  });
});
