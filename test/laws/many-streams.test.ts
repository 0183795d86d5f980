import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { type AnyProjection, tableKey } from '../../core/read/projection.ts';
import { projector } from '../../core/read/projector.ts';
import { checkpointPrefix, type ReadModels, type Row } from '../../core/read/read-models.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { notes } from '../support/read-notes.ts';
import { memoryStores } from '../support/read-taps.ts';
import { runs } from '../support/runs.ts';
import { Dead, type DeliverMany, manyStreamsLaw } from './many-streams-law.ts';

const over =
  (projection: AnyProjection): DeliverMany =>
  (stores) => {
    const project = projector(stores, () => [projection]);
    return async (batch) => {
      const failed = await project(deliveriesOf(batch));
      expect([...failed.values()].filter((error) => !(error instanceof Dead))).toEqual([]);
    };
  };
const real = over(notes);

test('law: documents of many streams hold each event once, however it is delivered', async () => {
  await fc.assert(manyStreamsLaw(memoryStores, real), runs(300));
});

test('law: a stream that finds no room in a document is parked, and none is passed over', async () => {
  for (const room of [1, 3]) await fc.assert(manyStreamsLaw(memoryStores, real, { room }), runs(150));
});

test('law: a commit of more documents than a transaction takes is projected in parts, and each event counts once', async () => {
  for (const rows of [2, 3]) await fc.assert(manyStreamsLaw(memoryStores, real, { rows }), runs(120));
});

test('law: also where a document has no room, and the stream is parked inside a commit', async () => {
  await fc.assert(manyStreamsLaw(memoryStores, real, { room: 2, rows: 2 }), runs(100));
});

describe('on DynamoDB', () => {
  const client = engineClient();
  let stores: ProjectionPorts;
  beforeAll(async () => {
    const tables = { [tableKey(notes)]: await createReadTable(notes) };
    const eventStore = dynamoEventStore({ client, table: await createEventsTable(), now: () => new Date() });
    stores = storesOf(eventStore, dynamoReadModels({ client, tables }));
  });

  test('law: documents of many streams hold each event once, however it is delivered', async () => {
    await fc.assert(
      manyStreamsLaw(() => stores, real),
      runs(8),
    );
  });

  test('law: a commit of more documents than a transaction takes is projected in parts, and each event counts once', async () => {
    await fc.assert(
      manyStreamsLaw(() => stores, real, { rows: 2 }),
      runs(8),
    );
  });
});

/** Core's projector, on read models that break their promise. */
const on =
  (broken: (readModels: ReadModels) => Partial<ReadModels>): DeliverMany =>
  (stores) =>
    real({ ...stores, readModels: { ...stores.readModels, ...broken(stores.readModels) } });

const isCheckpoint = (key: string): boolean => key.startsWith(checkpointPrefix);

const broken: Readonly<Record<string, DeliverMany>> = {
  'rows are written one by one': on(({ write }) => ({
    write: async (projection, changes) => {
      for (const change of changes) if (!(await write(projection, [change]))) return false;
      return true;
    },
  })),
  'the checkpoint is written before the documents': on(({ write }) => ({
    write: async (projection, changes) =>
      (await write(
        projection,
        changes.filter(({ key }) => isCheckpoint(key)),
      )) &&
      (await write(
        projection,
        changes.filter(({ key }) => !isCheckpoint(key)),
      )),
  })),
  'the checkpoint is not asked for its version': on(({ write, get }) => ({
    write: async (projection, changes) =>
      write(
        projection,
        await Promise.all(
          changes.map(async (one) => (isCheckpoint(one.key) ? { ...one, from: (await get(projection, one.key, 'strong')).version } : one)),
        ),
      ),
  })),
  'a document is not asked for its version': on(({ write, get }) => ({
    write: async (projection, changes) =>
      write(
        projection,
        await Promise.all(
          changes.map(async (one) => (isCheckpoint(one.key) ? one : { ...one, from: (await get(projection, one.key, 'strong')).version })),
        ),
      ),
  })),
  'a lost write is taken for done': on(({ write }) => ({
    write: async (...args) => {
      await write(...args);
      return true;
    },
  })),
  'no checkpoint is kept': on(({ write }) => ({
    write: async (projection, changes) =>
      write(
        projection,
        changes.filter(({ key }) => !isCheckpoint(key)),
      ),
  })),
  'documents are read as new': on(({ get }) => ({
    get: async (projection, key, consistency) => {
      const row = await get(projection, key, consistency);
      return isCheckpoint(key) ? row : { ...row, document: null };
    },
  })),
  'an event goes into every document of its commit': over({ ...notes, key: () => 'a' }),
};

test.each(Object.entries(broken))('the law catches within 300 runs: %s', async (_, deliver) => {
  const { failed } = await fc.check(manyStreamsLaw(memoryStores, deliver), { numRuns: 300, endOnFailure: true, seed: 42 });
  expect(failed).toBe(true);
});

const brokenParts: Readonly<Record<string, DeliverMany>> = {
  'a checkpoint inside a commit does not say so': on(({ write }) => ({
    write: async (projection, changes) =>
      write(
        projection,
        changes.map((one) => ({ ...one, next: { ...one.next, wholeVersion: undefined } })),
      ),
  })),
  'a commit that is begun is taken for done': on(({ get, getMany }) => {
    const whole = (row: Row): Row => (row.wholeVersion === undefined ? row : { ...row, version: row.version + 1 });
    return {
      get: async (...args) => whole(await get(...args)),
      getMany: async (...args) => new Map([...(await getMany(...args))].map(([key, row]) => [key, whole(row)])),
    };
  }),
};

test.each(Object.entries(brokenParts))('the law of parts catches within 300 runs: %s', async (_, deliver) => {
  const { failed } = await fc.check(manyStreamsLaw(memoryStores, deliver, { rows: 2 }), { numRuns: 300, endOnFailure: true, seed: 42 });
  expect(failed).toBe(true);
});

test('the law catches within 300 runs: streams are parked, and it is forgotten', async () => {
  const forgetful = on(({ write }) => ({
    write: async (projection, changes) =>
      write(
        projection,
        changes.filter(({ next }) => next.parked === undefined),
      ),
  }));
  const { failed } = await fc.check(manyStreamsLaw(memoryStores, forgetful, { room: 1 }), { numRuns: 300, endOnFailure: true, seed: 42 });
  expect(failed).toBe(true);
});
