import { beforeEach, describe, expect, test } from '@jest/globals';
import { noted, notes } from '../../test/support/read-notes.ts';
import { memoryStores, rowOf } from '../../test/support/read-taps.ts';
import { added, append } from '../../test/support/requests.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import type { Commit } from '../log/event-store.ts';
import type { AnyProjection } from '../read/projection.ts';
import { fillPage } from './rebuild.ts';

const whole = { index: 0, of: 1 };
const isListening = () => true;

let stores: ReturnType<typeof memoryStores>;
beforeEach(() => {
  stores = memoryStores();
});

const record = async (id: string, tenant?: string): Promise<Commit> => {
  const stream = { ...(tenant === undefined ? {} : { tenant }), aggregate: 'tally', id };
  return (await append(stores.eventStore, stores.eventStore.begin(stream), added(1))).commit;
};

/** A log of one page. */
const pageOf = (commits: readonly Commit[], cursor?: string) => ({
  ...stores.eventStore,
  scan: async () => ({ commits, ...(cursor === undefined ? {} : { cursor }) }),
});

describe('a page', () => {
  test('answers its commits, and a cursor if another page follows', async () => {
    const commits = [await record('a'), await record('b')];
    const fill = (cursor?: string) =>
      fillPage({ stores: { ...stores, eventStore: pageOf(commits, cursor) }, projection: tallyTotal, isListening }, whole);
    expect(await fill('next')).toStrictEqual({ commits: 2, cursor: 'next' });
    expect(await fill()).toStrictEqual({ commits: 2 });
  });

  test('is scanned from its cursor', async () => {
    const asked: unknown[] = [];
    const scan: typeof stores.eventStore.scan = async (...args) => {
      asked.push(args);
      return { commits: [] };
    };
    await fillPage(
      { stores: { ...stores, eventStore: { ...stores.eventStore, scan } }, projection: tallyTotal, isListening },
      whole,
      'here',
    );
    expect(asked).toEqual([[whole, 'here']]);
  });

  test('leaves out the streams that the projection does not listen to', async () => {
    await record('a');
    await record('b');
    await fillPage({ stores, projection: tallyTotal, isListening: (_, { id }) => id === 'b' }, whole);
    expect(await rowOf(stores, tallyTotal, 'a')).toMatchObject({ version: 0 });
    expect(await rowOf(stores, tallyTotal, 'b')).toMatchObject({ version: 1 });
  });
});

test('new streams are inserted in one request, each with its tenant, and are not written again', async () => {
  await record('a', 'acme');
  await record('b');
  const inserted: unknown[] = [];
  const readModels: typeof stores.readModels = {
    ...stores.readModels,
    insert: async (projection, rows) => {
      inserted.push(rows.map(({ key, tenant, next: { version } }) => ({ key, tenant, version })));
      return stores.readModels.insert(projection, rows);
    },
    write: async () => Promise.reject(new Error('nobody asked')),
  };
  await fillPage({ stores: { ...stores, readModels }, projection: tallyTotal, isListening }, whole);
  expect(inserted).toEqual([
    [
      { key: 'acme/a', tenant: 'acme', version: 1 },
      { key: 'b', tenant: undefined, version: 1 },
    ],
  ]);
});

test('a stream whose first commit is on an earlier page is not inserted: the gate reads what is missing', async () => {
  const { tail } = await append(stores.eventStore, stores.eventStore.begin({ aggregate: 'tally', id: 'a' }), added(1));
  const { commit } = await append(stores.eventStore, tail, added(2));
  const inserted: number[] = [];
  const insert: typeof stores.readModels.insert = async (projection, rows) => {
    inserted.push(rows.length);
    return stores.readModels.insert(projection, rows);
  };
  const over = { ...stores, eventStore: pageOf([commit]), readModels: { ...stores.readModels, insert } };
  await fillPage({ stores: over, projection: tallyTotal, isListening }, whole);
  expect(inserted).toEqual([0]);
  expect(await rowOf(stores, tallyTotal, 'a')).toMatchObject({ version: 2, document: { sum: 3 } });
});

describe('120 streams that have rows already', () => {
  /** The most calls of `get` and `write` that ran at the same time. */
  const busiest = async (projection: AnyProjection): Promise<number> => {
    const commits: Commit[] = [];
    for (let index = 0; index < 120; index++) {
      const stream = { aggregate: 'tally', id: `s${index}` };
      commits.push((await append(stores.eventStore, stores.eventStore.begin(stream), [noted(1, 'a')])).commit);
    }
    let [running, most] = [0, 0];
    const watched =
      <A extends unknown[], R>(act: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return act(...args);
      };
    const { readModels } = stores;
    const watching = {
      ...{ ...readModels, insert: async () => new Set<string>() },
      ...{ get: watched(readModels.get), write: watched(readModels.write) },
    };
    const over = { ...stores, eventStore: pageOf(commits), readModels: watching };
    await fillPage({ stores: over, projection, isListening }, whole);
    return most;
  };

  test('are brought up to date fifty at a time', async () => {
    expect(await busiest(tallyTotal)).toBe(50);
    for (const id of ['s0', 's49', 's50', 's119']) expect(await rowOf(stores, tallyTotal, id)).toMatchObject({ version: 1 });
  });

  test('in documents of many streams, one after the other', async () => {
    await busiest(notes);
    expect((await rowOf(stores, notes, 'a')).document).toMatchObject({ sum: 120 });
  });
});
