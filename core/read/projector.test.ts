import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { interposed } from '../../test/support/interposed-store.ts';
import { deliveriesOf, delivering, storesOf } from '../../test/support/projecting.ts';
import { counted, tapped } from '../../test/support/read-taps.ts';
import { filled } from '../../test/support/requests.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import { Unavailable } from '../basics/errors.ts';
import { streamName } from '../basics/stream.ts';
import type { Commit, EventStore } from '../log/event-store.ts';
import { foldAll } from '../testing/fold-document.ts';
import { type AnyProjection, nothing } from './projection.ts';
import { project as bringUp, projector } from './projector.ts';
import type { ReadModels } from './read-models.ts';

let eventStore: EventStore;
let readModels: ReadModels;
beforeEach(() => {
  eventStore = memoryEventStore(() => new Date());
  readModels = memoryReadModels();
});

const other: AnyProjection = { ...tallyTotal, name: 'tally-other' };
const failing: AnyProjection = {
  ...tallyTotal,
  name: 'tally-failing',
  evolve: {
    Added: () => {
      throw new TypeError('cannot add');
    },
  },
};

const into =
  (...projections: AnyProjection[]) =>
  (batch: readonly Commit[], over = eventStore) =>
    delivering({ eventStore: over, readModels, projections })(batch);
const project = (...args: Parameters<ReturnType<typeof into>>) => into(tallyTotal)(...args);

const sizes = [2, 1, 3, 1];

test('an empty batch does nothing', async () => expect(await project([])).toEqual(new Map()));

test('a batch of many streams is projected into each of their documents', async () => {
  const all = [await filled(eventStore, ...sizes), await filled(eventStore, 1), await filled(eventStore, 5, 5)];
  expect(await project(all.flatMap(({ commits }) => commits))).toEqual(new Map());
  for (const { stream, commits } of all)
    expect(await readModels.get(tallyTotal, stream.id, 'strong')).toEqual(foldAll(tallyTotal, commits, nothing));
});

const orders: Readonly<Record<string, readonly (readonly number[])[]>> = {
  'one by one': [[0], [1], [2], [3]],
  'each twice': [
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
  ],
  'all of it again': [[0, 1, 2, 3], [0, 1, 2, 3], [0]],
  'in the wrong order': [[3, 1, 0, 2]],
  'in the wrong order, batch by batch': [[3], [2], [1], [0]],
  'only the last': [[3]],
  'with a gap in the middle': [[0], [3]],
  'with a gap inside a batch': [[0, 2], [3]],
  'the first one late': [[1, 2], [0], [3]],
};

test.each(Object.entries(orders))('delivered %s, the document is the fold of the stream', async (_, batches) => {
  const { stream, commits } = await filled(eventStore, ...sizes);
  for (const batch of batches) expect(await project(batch.flatMap((index) => commits.slice(index, index + 1)))).toEqual(new Map());
  expect(await readModels.get(tallyTotal, stream.id, 'strong')).toEqual(foldAll(tallyTotal, commits, nothing));
});

test('a gap of a thousand commits is repaired at once', async () => {
  const { stream, commits } = await filled(eventStore, ...Array<number>(1100).fill(1));
  expect(await project(commits.slice(-1))).toEqual(new Map());
  expect(await readModels.get(tallyTotal, stream.id, 'strong')).toEqual(foldAll(tallyTotal, commits, nothing));
});

test('where nothing is missing the log is not read, whatever came twice or in the wrong order', async () => {
  const { stream, commits } = await filled(eventStore, ...sizes);
  const [first, second, third, fourth] = commits as [Commit, Commit, Commit, Commit];
  const { store, calls } = interposed(eventStore);
  for (const batch of [[second, first, second], [second], [fourth, second, third, third]])
    expect(await project(batch, store)).toEqual(new Map());
  expect(calls).toEqual([]);
  expect(await readModels.get(tallyTotal, stream.id, 'strong')).toEqual(foldAll(tallyTotal, commits, nothing));
});

describe('a failure', () => {
  test('of one event sets its stream aside, and the other streams go on', async () => {
    const [good, bad] = [await filled(eventStore, 1), await filled(eventStore, 1)];
    const poisoned = bad.commits.map((commit) => ({ ...commit, events: [{ type: 'Added', schema: 1, data: { amount: 'x' } }] }));
    expect(await project([...poisoned, ...good.commits])).toEqual(new Map());
    expect((await readModels.get(tallyTotal, good.stream.id, 'strong')).version).toBe(1);
    const parked = {
      stream: streamName(bad.stream),
      eventId: `${streamName(bad.stream)}@1`,
      error: expect.stringContaining('InvalidEvent'),
    };
    expect(await readModels.get(tallyTotal, bad.stream.id, 'strong')).toMatchObject({ ...nothing, parked });
    expect((await readModels.parked(tallyTotal, { limit: 10 })).items).toMatchObject([parked]);
  });

  test('of one projection does not hold up the others', async () => {
    const { stream, commits } = await filled(eventStore, 1);
    expect(await into(tallyTotal, failing, other)(commits)).toEqual(new Map());
    expect((await readModels.get(tallyTotal, stream.id, 'strong')).version).toBe(1);
    expect((await readModels.get(other, stream.id, 'strong')).version).toBe(1);
    const parked = { stream: streamName(stream), error: 'TypeError: cannot add' };
    expect(await readModels.get(failing, stream.id, 'strong')).toMatchObject({ ...nothing, parked });
  });

  test('stays parked after a fix if the same batch comes again, and a redrive brings all up to date', async () => {
    const { stream, commits } = await filled(eventStore, ...sizes);
    await into(failing)(commits);
    const fixed = { ...failing, evolve: tallyTotal.evolve };
    expect(await into(fixed)(commits)).toEqual(new Map());
    expect(await readModels.get(failing, stream.id, 'strong')).toMatchObject({ version: 0, parked: { stream: streamName(stream) } });
    const redriven = await bringUp(storesOf(eventStore, readModels), fixed, [{ stream, commits: [] }], { retryParked: true });
    expect(redriven).toEqual(new Map());
    expect(await readModels.get(failing, stream.id, 'strong')).toEqual(foldAll(tallyTotal, commits, nothing));
  });
});

test('documents of many streams are written to the end, though others move one between any two writes', async () => {
  const counting: AnyProjection = { ...tallyTotal, name: 'tally-each', key: ({ metadata }) => `${metadata.id}-${metadata.version}` };
  const all = await Promise.all(Array.from({ length: 25 }, () => filled(eventStore, 90))); // Each fills a transaction.
  let writes = 0;
  const contended: ReadModels = {
    ...readModels,
    write: async (...change) => ++writes % 2 === 1 && readModels.write(...change),
  };
  const deliver = delivering({ eventStore, readModels: contended, projections: [counting] });
  expect(await deliver(all.flatMap(({ commits }) => commits))).toEqual(new Map());
  expect(writes).toBe(25 + 24);
  for (const { stream } of all) expect(await readModels.get(counting, `${stream.id}-90`, 'strong')).toMatchObject({ version: 1 });
});

test('an aggregate that no projection listens to is passed over', async () => {
  const { commits } = await filled(eventStore, 1);
  const { stores, calls } = counted(storesOf(eventStore, readModels));
  const elsewhere = commits.map((commit) => ({ ...commit, stream: { aggregate: 'order', id: commit.stream.id } }));
  const deliver = projector(stores, (aggregate) => (aggregate === 'tally' ? [tallyTotal] : []));
  expect(await deliver(deliveriesOf([...elsewhere, ...commits]))).toEqual(new Map());
  expect(calls).toEqual(['write']);
});

test('a projection that hangs holds up no other', async () => {
  const { stream, commits } = await filled(eventStore, 1);
  const hanging = tapped(storesOf(eventStore, readModels), (_, act) => act());
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { write } = readModels;
  const slow: ReadModels = {
    ...hanging.readModels,
    write: async (...args) => (args[0] === failing ? held.then(() => true) : write(...args)),
  };
  const running = projector({ ...hanging, readModels: slow }, () => [failing, tallyTotal])(deliveriesOf(commits));
  await new Promise(setImmediate);
  expect((await readModels.get(tallyTotal, stream.id, 'strong')).version).toBe(1);
  release();
  expect(await running).toEqual(new Map());
});

describe('revisions of one projection', () => {
  const first = tallyTotal;
  const second: AnyProjection = { ...tallyTotal, revision: 2 };
  const third: AnyProjection = { ...tallyTotal, revision: 3 };
  const broken = (revision: number) => (projection: AnyProjection) => {
    if (projection.revision === revision) throw new Unavailable('throttled');
  };
  /** What is written, in this order, where revision 2 leads. */
  const feed = async (
    batch: readonly Commit[],
    before: (projection: AnyProjection) => void = () => {},
    leaderOf: (name: string) => Promise<number | undefined> = async () => 2,
  ) => {
    const written: string[] = [];
    const noting: ReadModels = {
      ...readModels,
      write: async (projection, changes) => {
        before(projection);
        await new Promise(setImmediate); // Another revision that does not wait would be first.
        written.push(...changes.map(({ key }) => `${key} in ${projection.revision}`));
        return readModels.write(projection, changes);
      },
    };
    const failed = await projector(storesOf(eventStore, noting), () => [first, second, third, other], leaderOf)(deliveriesOf(batch));
    return { failed, written };
  };

  test('the leading one is fed first, then the others', async () => {
    const { stream, commits } = await filled(eventStore, 1);
    const asked: string[] = [];
    const leaderOf = async (name: string) => {
      asked.push(name);
      return 2;
    };
    const { failed, written } = await feed(commits, undefined, leaderOf);
    expect(failed).toEqual(new Map());
    const places = [1, 2, 3].map((revision) => written.lastIndexOf(`${stream.id} in ${revision}`));
    expect(places[1]).toBeLessThan(Math.min(...places.filter((_, index) => index !== 1)));
    expect(asked).toEqual(['tally-total']); // A projection with one revision has no leader to ask for.
    for (const revision of [first, second, third]) expect((await readModels.get(revision, stream.id, 'strong')).version).toBe(1);
  });

  test('a stream that the leading one could not apply is not given to the others, and the other streams are', async () => {
    const [bad, good] = [await filled(eventStore, 1), await filled(eventStore, 1)];
    const { write } = readModels;
    readModels = {
      ...readModels,
      write: async (projection, changes) => {
        if (projection.revision === 2 && changes.some(({ key }) => key === bad.stream.id)) throw new Unavailable('throttled');
        return write(projection, changes);
      },
    };
    const { failed } = await feed([...bad.commits, ...good.commits]);
    expect([...failed.keys()]).toEqual([streamName(bad.stream)]);
    for (const revision of [first, third]) {
      expect(await readModels.get(revision, bad.stream.id, 'strong')).toEqual(nothing);
      expect((await readModels.get(revision, good.stream.id, 'strong')).version).toBe(1);
    }
    expect((await readModels.get(other, bad.stream.id, 'strong')).version).toBe(1);
  });

  test('a stream that another one could not apply fails, and the leading one has it', async () => {
    const { stream, commits } = await filled(eventStore, 1);
    const { failed } = await feed(commits, broken(1));
    expect([...failed]).toEqual([[streamName(stream), new Unavailable('throttled')]]);
    expect((await readModels.get(second, stream.id, 'strong')).version).toBe(1);
  });

  test('where the leader is not known no revision is fed, and every stream fails', async () => {
    const { stream, commits } = await filled(eventStore, 1);
    const error = new Unavailable('the pointers are throttled');
    const { failed } = await feed(commits, undefined, () => Promise.reject(error));
    expect([...failed]).toEqual([[streamName(stream), error]]);
    for (const revision of [first, second, third]) expect(await readModels.get(revision, stream.id, 'strong')).toEqual(nothing);
    expect((await readModels.get(other, stream.id, 'strong')).version).toBe(1);
  });

  test('a revision gets only the streams of the aggregates that it listens to', async () => {
    const { stream, commits } = await filled(eventStore, 1);
    const elsewhere = commits.map((commit) => ({ ...commit, stream: { aggregate: 'order', id: 'o' } }));
    const keys: string[] = [];
    const noting: ReadModels = {
      ...readModels,
      write: (projection, changes) => {
        keys.push(...changes.map(({ key }) => `${key} in ${projection.name}`));
        return readModels.write(projection, changes);
      },
    };
    const listening = (aggregate: string) => (aggregate === 'tally' ? [first] : [other]);
    await projector(storesOf(eventStore, noting), listening)(deliveriesOf([...commits, ...elsewhere]));
    expect(keys.toSorted()).toEqual([`${stream.id} in tally-total`, 'o in tally-other'].toSorted());
  });

  test('without pointers all revisions are fed at once', async () => {
    const { stream, commits } = await filled(eventStore, 1);
    const deliver = projector(storesOf(eventStore, readModels), () => [first, second]);
    expect(await deliver(deliveriesOf(commits))).toEqual(new Map());
    for (const revision of [first, second]) expect((await readModels.get(revision, stream.id, 'strong')).version).toBe(1);
  });
});
