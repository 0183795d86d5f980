import { beforeEach, describe, expect, test } from '@jest/globals';
import { deliveriesOf } from '../../test/support/projecting.ts';
import { noted, notes, notesOf, poison, totalOf, totals, wholesome, written } from '../../test/support/read-notes.ts';
import { counted, deliver, memoryStores, parkedIn, rowOf } from '../../test/support/read-taps.ts';
import { append } from '../../test/support/requests.ts';
import { auditPage } from '../audit/audit.ts';
import { type Address, streamName } from '../basics/stream.ts';
import type { Commit } from '../log/event-store.ts';
import type { ProjectionPorts } from '../read/ports.ts';
import type { AnyProjection } from '../read/projection.ts';
import { fillPage, isFilledSideBySide, segmentsOf } from './rebuild.ts';

let stores: ProjectionPorts;
let streams: { stream: Address; commits: readonly Commit[] }[];
beforeEach(async () => {
  stores = memoryStores();
  streams = [];
  for (let index = 0; index < 23; index++) {
    const amount = index === 11 ? poison : index;
    streams.push(await written(stores.eventStore, [noted(1, 'a')], [noted(amount, 'a'), noted(2, 'b')], [noted(3, 'b')]));
  }
});

/** Fills a projection to the end; answers how many commits were read. */
const fill = async (projection: AnyProjection, over = stores, between: () => Promise<unknown> = async () => {}): Promise<number> => {
  let commits = 0;
  for (const segment of segmentsOf(3)) {
    let cursor: string | undefined;
    do {
      const filled = await fillPage({ stores: over, projection, isListening: () => true }, segment, cursor);
      commits += filled.commits;
      cursor = filled.cursor;
      await between();
    } while (cursor !== undefined);
  }
  return commits;
};

const isWhole = async (projection: AnyProjection): Promise<void> => {
  if (projection.key === undefined)
    for (const { stream, commits } of streams) {
      const { parked, ...row } = await rowOf(stores, projection, stream.id);
      expect(row).toEqual(totalOf(wholesome(commits)));
      expect(parked !== undefined).toBe(wholesome(commits) !== commits);
    }
  else {
    const expected = notesOf(streams.map(({ commits }) => wholesome(commits)));
    for (const [key, document] of expected) expect((await rowOf(stores, projection, key)).document).toEqual(document);
  }
  expect((await parkedIn(stores, projection)).map(({ stream }) => stream)).toEqual([
    streamName((streams[11] as { stream: Address }).stream),
  ]);
};

describe.each([
  ['documents of one stream', totals],
  ['documents of many streams', notes],
])('%s', (_, projection) => {
  test('are filled from the log: each is the fold of its events, and poison is parked', async () => {
    expect(await fill(projection)).toBe(23 * 3);
    await isWhole(projection);
    const { findings } = await auditPage({ stores, projections: [projection], isListening: () => true }, { index: 0, of: 1 });
    expect(findings.filter(({ kind }) => kind !== 'parked')).toEqual([]);
  });

  test('are the same where it is done twice', async () => {
    await fill(projection);
    await fill(projection);
    await isWhole(projection);
  });

  test('are the same where the live stream brings events meanwhile, old and new', async () => {
    const live = async () => {
      streams.push(await written(stores.eventStore, [noted(100, 'a')], [noted(200, 'b')]));
      const latest = streams.slice(-2).flatMap(({ commits }) => commits);
      await Promise.all([
        deliver(stores, projection, deliveriesOf(latest)),
        deliver(stores, projection, deliveriesOf(streams.flatMap(({ commits }) => commits.slice(-1)))),
      ]);
    };
    await fill(projection, stores, live);
    await deliver(stores, projection, deliveriesOf(streams.flatMap(({ commits }) => commits)));
    await isWhole(projection);
  });

  test('are the same where the machine died after any of its calls, and goes on from the last cursor', async () => {
    let calls = 0;
    const { write, insert } = stores.readModels;
    const lastOf =
      <A extends unknown[], R>(dies: number, act: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        const answer = await act(...args);
        calls += 1;
        if (calls === dies) throw new Error('died');
        return answer;
      };
    const mortal = (dies: number): ProjectionPorts => ({
      ...stores,
      readModels: { ...stores.readModels, write: lastOf(dies, write), insert: lastOf(dies, insert) },
    });
    for (let dies = 1; dies <= 3; dies++) {
      calls = 0;
      await fill(projection, mortal(dies)).catch(() => {});
    }
    await fill(projection);
    await isWhole(projection);
  });

  test('a stream that cannot be brought up is an error: the page is done again', async () => {
    const neither = { write: async () => Promise.reject(new Error('down')), insert: async () => new Set<string>() };
    const down = { ...stores, readModels: { ...stores.readModels, ...neither } };
    await expect(fillPage({ stores: down, projection, isListening: () => true }, { index: 0, of: 1 })).rejects.toThrow('down');
  });
});

test('documents of streams that are new are put in many at once, and only what is there already passes the gate', async () => {
  const { stores: seen, calls } = counted(stores);
  await deliver(stores, totals, deliveriesOf((streams[0]?.commits ?? []).slice(0, 1)));
  await fill(totals, seen);
  const pages = calls.filter((call) => call === 'scan').length;
  expect(calls.filter((call) => call === 'insert')).toHaveLength(pages);
  expect(calls.filter((call) => call === 'write')).toHaveLength(2); // One is lost, because it takes the stream for a new one.
});

test('segments of documents of many streams are filled in turn, others side by side', () => {
  expect([notes, totals].map(isFilledSideBySide)).toEqual([false, true]);
  expect(segmentsOf(3)).toEqual([0, 1, 2].map((index) => ({ index, of: 3 })));
});

test('documents of tenants are listed by them, whoever has filled their table', async () => {
  const tenants = ['a', 'a-b'];
  for (const tenant of tenants)
    await append(stores.eventStore, stores.eventStore.begin({ tenant, aggregate: 'tally', id: '1' }), [noted(4, 'a')]);
  await fill(totals);
  await fill(notes);
  const query = { index: 'byParity', value: 'even', limit: 100, descending: false };
  for (const tenant of tenants) {
    const { items } = await stores.readModels.list(totals, { ...query, tenant });
    expect(items).toMatchObject([{ key: '1', document: { sum: 4 } }]);
    expect((await rowOf(stores, notes, `${tenant}/a`)).document).toEqual({ sum: 4, seen: [`${tenant}/tally-1@1`] });
  }
  const { items } = await stores.readModels.list(totals, query);
  expect(items.filter(({ key }) => key === '1')).toEqual([]);
});
