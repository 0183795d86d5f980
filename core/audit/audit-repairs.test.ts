import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryStores } from '../../test/support/read-taps.ts';
import { added, append, longAgo } from '../../test/support/requests.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import type { BringUp, ProjectionPorts } from '../read/ports.ts';
import { project } from '../read/projector.ts';
import { auditPage } from './audit.ts';

const whole = { index: 0, of: 1 };

let stores: ProjectionPorts;
let reads: string[];
beforeEach(() => {
  stores = memoryStores(longAgo);
  reads = [];
  const { readModels } = stores;
  const getMany: typeof readModels.getMany = (projection, keys, consistency) => {
    reads.push(`${consistency}: ${keys.length}`);
    return readModels.getMany(projection, keys, consistency);
  };
  const get: typeof readModels.get = (projection, key, consistency) => {
    reads.push(`${consistency}: ${key}`);
    return readModels.get(projection, key, consistency);
  };
  stores = { ...stores, readModels: { ...readModels, get, getMany } };
});

const record = async (...ids: string[]) => {
  const commits = [];
  for (const id of ids) {
    const stream = { aggregate: 'tally', id };
    commits.push({ stream, commits: [(await append(stores.eventStore, stores.eventStore.begin(stream), added(1))).commit] });
  }
  return commits;
};
const audit = (repairs?: BringUp) => auditPage({ stores, projections: [tallyTotal], isListening: () => true, repairs }, whole);

test('the last page has neither a cursor nor an open stream', async () => {
  await record('a');
  const page = await audit();
  expect(page).toMatchObject({ commits: 1, streams: 1, repaired: 0 });
  expect(page).not.toHaveProperty('cursor');
  expect(page).not.toHaveProperty('open');
});

describe('the reads of an audit', () => {
  test('are eventually consistent, once, where every stream is up to date', async () => {
    await project(stores, tallyTotal, await record('a', 'b'));
    reads = [];
    expect((await audit()).findings).toEqual([]);
    expect(reads).toEqual(['eventual: 2']);
  });

  test('are strongly consistent for the streams that differ', async () => {
    await project(stores, tallyTotal, await record('a'));
    await record('b');
    reads = [];
    expect((await audit()).findings).toHaveLength(1);
    expect(reads).toEqual(['eventual: 2', 'strong: 1', 'strong: b']);
  });
});

describe('the repairs of an audit', () => {
  test('are counted: one for each stream that is up to date afterwards', async () => {
    await record('a', 'b', 'c');
    const repairs: BringUp = (projection, deliveries, options) =>
      project(
        stores,
        projection,
        deliveries.filter(({ stream }) => stream.id !== 'b'),
        options,
      );
    const { findings, repaired } = await audit(repairs);
    expect(repaired).toBe(2);
    expect(findings).toMatchObject([{ stream: 'tally-b', kind: 'missing' }]);
  });

  test('are not asked for where nothing is missing', async () => {
    await project(stores, tallyTotal, await record('a'));
    const repairs: BringUp = async () => Promise.reject(new Error('nobody asked'));
    expect(await audit(repairs)).toMatchObject({ findings: [], repaired: 0 });
  });

  test('bring up twenty streams at a time, without their commits', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => `s${index}`);
    await record(...ids);
    const scan: typeof stores.eventStore.scan = async () => {
      const pages = [];
      for (let cursor: string | undefined; ; ) {
        const page = await stores.eventStore.scan(whole, cursor);
        pages.push(...page.commits);
        cursor = page.cursor;
        if (cursor === undefined) return { commits: pages };
      }
    };
    const asked: (readonly string[])[] = [];
    const repairs: BringUp = (projection, deliveries, options) => {
      asked.push(deliveries.map(({ stream }) => stream.id));
      for (const { commits } of deliveries) expect(commits).toEqual([]);
      return project(stores, projection, deliveries, options);
    };
    const large = { ...stores, eventStore: { ...stores.eventStore, scan } };
    const page = await auditPage({ stores: large, projections: [tallyTotal], isListening: () => true, repairs }, whole);
    expect(page).toMatchObject({ commits: 120, findings: [], repaired: 120 });
    expect(asked.map(({ length }) => length)).toEqual([20, 20, 20, 20, 20, 20]);
    expect(asked.flat().toSorted()).toEqual(ids.toSorted());
  });
});
