import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { type Commit, lastVersion } from '../../core/log/event-store.ts';
import { nothing, tableKey, type Versioned } from '../../core/read/projection.ts';
import type { Change, ReadModels } from '../../core/read/read-models.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { applied } from '../support/naive-fold.ts';
import { delivering, replaceRow } from '../support/projecting.ts';
import { tallyTotal } from '../support/tally.ts';
import { type Deliver, deliveryLaw, type Stores } from './delivery-law.ts';

const now = () => new Date();
const inMemory = (): Stores => ({ eventStore: memoryEventStore(now), readModels: memoryReadModels() });

const real: Deliver = (stores) => {
  const project = delivering({ ...stores, projections: [tallyTotal] });
  return async (batch) => expect(await project(batch)).toEqual(new Map());
};

test('law: however the commits are delivered, the documents are the folds of their streams', async () => {
  await fc.assert(deliveryLaw(inMemory, real), { numRuns: 500 });
});

describe('on DynamoDB', () => {
  const client = engineClient();
  let stores: Stores;
  beforeAll(async () => {
    const tables = { [tableKey(tallyTotal)]: await createReadTable(tallyTotal) };
    const eventStore = dynamoEventStore({ client, table: await createEventsTable(), now });
    stores = { eventStore, readModels: dynamoReadModels({ client, tables }) };
  });

  test('law: however the commits are delivered, the documents are the folds of their streams', async () => {
    await fc.assert(
      deliveryLaw(() => stores, real),
      { numRuns: 15 },
    );
  });
});

/** A projector with a gate of its own: which of the delivered commits of a stream are applied to its document. */
const gatedBy =
  (gate: (before: Versioned, delivered: readonly Commit[]) => readonly Commit[]): Deliver =>
  ({ readModels }) =>
  async (batch) => {
    for (const [id, delivered = []] of Map.groupBy(batch, ({ stream }) => stream.id)) {
      const before = await readModels.get(tallyTotal, id, 'strong');
      let after = before;
      for (const commit of gate(before, delivered)) after = applied(tallyTotal, after, commit);
      if (after !== before) await replaceRow(readModels, tallyTotal, id, before.version, after);
    }
  };

/** Core's projector, on read models that break their promise. */
const on =
  (broken: (readModels: ReadModels) => Partial<ReadModels>): Deliver =>
  ({ eventStore, readModels }) =>
    real({ eventStore, readModels: { ...readModels, ...broken(readModels) } });

const inOrder = (commits: readonly Commit[]) => [...commits].sort((a, b) => a.version - b.version);

const broken: Readonly<Record<string, Deliver>> = {
  'everything is applied as it comes': gatedBy((_, delivered) => delivered),
  'only the last commit is known again': gatedBy(({ version }, delivered) => delivered.filter((commit) => lastVersion(commit) !== version)),
  'a gap is jumped over': gatedBy(({ version }, delivered) => {
    const fresh = inOrder(delivered).filter((commit) => commit.version > version);
    return fresh.filter((commit, index) => commit.version !== fresh[index - 1]?.version);
  }),
  'what comes after a gap is dropped': gatedBy(({ version }, delivered) => {
    let next = version + 1;
    return inOrder(delivered).filter((commit) => {
      const follows = commit.version === next;
      if (follows) next = lastVersion(commit) + 1;
      return follows;
    });
  }),
  'a write asks for no version': on(({ get, write }) => ({
    write: async (projection, changes) =>
      write(
        projection,
        await Promise.all(changes.map(async (change) => ({ ...change, from: (await get(projection, change.key, 'strong')).version }))),
      ),
  })),
  'a lost write is taken for done': on(({ write }) => ({
    write: async (...args) => {
      await write(...args);
      return true;
    },
  })),
  'a deleted document forgets its version': on(({ get, write }) => ({
    get: async (...args) => {
      const found = await get(...args);
      return found.document === null ? nothing : found;
    },
    write: async (projection, changes) => {
      const asStored = async (change: Change): Promise<Change> => {
        const found = await get(projection, change.key, 'strong');
        const isNew = change.from === 0 || change.from === 'unread';
        return found.document === null && isNew ? { ...change, from: found.version } : change;
      };
      return write(projection, await Promise.all(changes.map(asStored)));
    },
  })),
};

test.each(Object.entries(broken))('the law catches a broken gate: %s', async (_, deliver) => {
  const { failed } = await fc.check(deliveryLaw(inMemory, deliver), { numRuns: 2000, endOnFailure: true, seed: 42 });
  expect(failed).toBe(true);
});
