import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { Address } from '../../core/basics/stream.ts';
import type { Commit } from '../../core/log/event-store.ts';
import { documentReader } from '../../core/read/document-reader.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { tableKey } from '../../core/read/projection.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { handlerOn } from '../support/handling.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { headOf, totalOf, totals } from '../support/read-notes.ts';
import { deliver, memoryStores, tapped } from '../support/read-taps.ts';
import { newStream, request } from '../support/requests.ts';
import { runs } from '../support/runs.ts';
import { add, clear, tally } from '../support/tally.ts';

/** A command, and what the read model has seen by the time of the query: nothing new, all, or something in between. */
interface Round {
  readonly amounts: readonly number[] | 'clear';
  readonly projects: 'nothing' | 'all' | 'some';
}
const round: fc.Arbitrary<Round> = fc.record({
  amounts: fc.oneof(
    { weight: 5, arbitrary: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  ),
  projects: fc.constantFrom('nothing', 'nothing', 'all', 'some'),
});

/** Commands on one stream, each followed at once by a read with its token, while the projector lags; answers how many reads there were. */
const readsAfterWrites = async (stores: ProjectionPorts, rounds: readonly Round[]): Promise<number> => {
  const stream: Address = newStream();
  const send = handlerOn(stores.eventStore);
  const read = documentReader(stores);
  const commits: Commit[] = [];
  let reads = 0;
  for (const { amounts, projects } of rounds) {
    const { version } = await send(tally, stream, request(amounts === 'clear' ? clear : add(...amounts)));
    commits.push(...(await stores.eventStore.read(stream, { from: headOf(commits) + 1, limit: 10 })).commits);
    if (projects !== 'nothing') {
      const batch = projects === 'all' ? commits : commits.slice(0, Math.ceil(commits.length / 2));
      if (batch.length > 0) await deliver(stores, totals, deliveriesOf(batch));
    }
    if (version === 0) continue; // Nothing to clear: nothing was recorded.
    const row = await read({ projection: totals, key: stream.id, after: [{ stream, version }], waitSeconds: 0 });
    expect(row.version).toBeGreaterThanOrEqual(version);
    expect(row).toEqual(totalOf(commits));
    reads += 1;
  }
  return reads;
};

test('a document that is read after a command is never older than the command: 10,000 of 10,000', async () => {
  let reads = 0;
  const rounds = fc.sample(fc.array(round, { minLength: 20, maxLength: 20 }), { numRuns: 600, seed: 42 });
  for (const all of rounds) {
    const stores = memoryStores();
    // An eventual read may not have seen the last write yet.
    const lagging = tapped(stores, (_, act) => act());
    const seen = new Map<string, Awaited<ReturnType<typeof stores.readModels.get>>>();
    const { get } = stores.readModels;
    const stale: ProjectionPorts = {
      ...lagging,
      readModels: {
        ...lagging.readModels,
        get: async (projection, key, consistency) => {
          const now = await get(projection, key, 'strong');
          const before = seen.get(key) ?? now;
          seen.set(key, now);
          return consistency === 'eventual' ? before : now;
        },
      },
    };
    reads += await readsAfterWrites(stale, all);
    if (reads >= 10_000) break;
  }
  expect(reads).toBeGreaterThanOrEqual(10_000);
}, 120_000);

describe('on DynamoDB', () => {
  let stores: ProjectionPorts;
  beforeAll(async () => {
    const client = engineClient();
    const tables = { [tableKey(totals)]: await createReadTable(totals) };
    stores = storesOf(
      dynamoEventStore({ client, table: await createEventsTable(), now: () => new Date() }),
      dynamoReadModels({ client, tables }),
    );
  });

  test('a document that is read after a command is never older than the command', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 10, maxLength: 10 }), async (rounds) => {
        await readsAfterWrites(stores, rounds);
      }),
      runs(8, 15),
    );
  });
});
