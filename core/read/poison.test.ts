import { beforeEach, describe, expect, test } from '@jest/globals';
import { deliveriesOf } from '../../test/support/projecting.ts';
import { fixedNotes, fixedTotals, noted, notes, notesOf, poison, totalOf, totals, written } from '../../test/support/read-notes.ts';
import { counted, deliver, memoryStores, parkedIn, rowOf } from '../../test/support/read-taps.ts';
import { Unavailable, Unwritable } from '../basics/errors.ts';
import { eventId, streamName } from '../basics/stream.ts';
import type { Commit } from '../log/event-store.ts';
import type { ProjectionPorts } from './ports.ts';
import type { AnyProjection } from './projection.ts';
import { project, projector } from './projector.ts';
import { progressKey } from './read-models.ts';

let stores: ProjectionPorts;
let bad: Awaited<ReturnType<typeof written>>;
let good: Awaited<ReturnType<typeof written>>;
const time = '2026-05-04T03:02:01.000Z';

beforeEach(async () => {
  stores = { ...memoryStores(), now: () => new Date(time) };
  // The poison is at version 5, the second event of the third commit.
  bad = await written(
    stores.eventStore,
    [noted(1, 'a'), noted(2, 'b')],
    [noted(3, 'a')],
    [noted(4, 'a'), noted(poison, 'b')],
    [noted(5, 'a')],
    [noted(6, 'b')],
  );
  good = await written(stores.eventStore, [noted(10, 'a')], [noted(20, 'b')]);
});

const progress = (projection: AnyProjection, commits: readonly Commit[]) => {
  const [{ stream }] = commits as [Commit];
  return rowOf(stores, projection, progressKey(projection, stream));
};
/** Both documents of `notes`, or the two streams' documents of `totals`. */
const documents = async (projection: AnyProjection) => {
  const keys = projection.key === undefined ? [bad.stream.id, good.stream.id] : ['a', 'b'];
  return Promise.all(keys.map(async (key) => (await rowOf(stores, projection, key)).document));
};
const expected = (projection: AnyProjection, ofBad: readonly Commit[], ofGood: readonly Commit[]) => {
  if (projection.key === undefined) return [totalOf(ofBad).document, totalOf(ofGood).document];
  const found = notesOf([ofBad, ofGood]);
  return ['a', 'b'].map((key) => found.get(key) ?? null);
};

describe.each([
  ['a document of one stream', totals, fixedTotals],
  ['documents of many streams', notes, fixedNotes],
])('%s: poison', (_, projection, fixed) => {
  const all = () => deliver(stores, projection, deliveriesOf([...bad.commits, ...good.commits]));
  const redrive = (over: AnyProjection, from = stores) => deliver(from, over, [{ stream: bad.stream, commits: [] }], { retryParked: true });

  test('parks its stream with the error, the event and the time, and is listed', async () => {
    await all();
    const fault = {
      stream: streamName(bad.stream),
      eventId: eventId(bad.stream, 5),
      error: 'RangeError: cannot be added',
      parkedAt: time,
    };
    expect((await progress(projection, bad.commits)).parked).toEqual(fault);
    expect(await parkedIn(stores, projection)).toEqual([fault]);
  });

  test('leaves what came before it applied, and other streams whole', async () => {
    await all();
    expect((await progress(projection, bad.commits)).version).toBe(3);
    expect((await progress(projection, good.commits)).version).toBe(2);
    expect((await progress(projection, good.commits)).parked).toBeUndefined();
    expect(await documents(projection)).toEqual(expected(projection, bad.commits.slice(0, 2), good.commits));
  });

  test('applies no event of its own commit', async () => {
    await deliver(stores, projection, deliveriesOf(bad.commits.slice(2, 3)));
    expect((await progress(projection, bad.commits)).version).toBe(3);
    expect(await documents(projection)).toEqual(expected(projection, bad.commits.slice(0, 2), []));
  });

  test('is the same, one commit after the other', async () => {
    for (const commit of [...bad.commits, ...good.commits]) await deliver(stores, projection, deliveriesOf([commit]));
    expect(await documents(projection)).toEqual(expected(projection, bad.commits.slice(0, 2), good.commits));
    expect(await parkedIn(stores, projection)).toHaveLength(1);
  });

  test('has what comes later skipped without a read of the log, and without a write', async () => {
    await all();
    const { stores: noted, calls } = counted(stores);
    for (const late of [bad.commits.slice(3), bad.commits.slice(4), bad.commits.slice(2, 3)])
      await deliver(noted, projection, deliveriesOf(late));
    expect(calls).toEqual(['get', 'get', 'get']);
    expect((await progress(projection, bad.commits)).version).toBe(3);
  });

  test('is redriven in order once the code is fixed: what was skipped is there, and nothing is parked', async () => {
    await all();
    await deliver(stores, projection, deliveriesOf(bad.commits.slice(3)));
    await redrive(fixed);
    expect(await parkedIn(stores, projection)).toEqual([]);
    expect((await progress(projection, bad.commits)).version).toBe(7);
    expect(await documents(projection)).toEqual(expected(projection, bad.commits, good.commits));
    await redrive(fixed);
    expect(await documents(projection)).toEqual(expected(projection, bad.commits, good.commits));
  });

  test('is parked anew where the code is not fixed, and nothing is applied twice', async () => {
    await all();
    await redrive(projection, { ...stores, now: () => new Date('2027-01-01T00:00:00.000Z') });
    expect(await parkedIn(stores, projection)).toMatchObject([{ eventId: eventId(bad.stream, 5), parkedAt: '2027-01-01T00:00:00.000Z' }]);
    expect(await documents(projection)).toEqual(expected(projection, bad.commits.slice(0, 2), good.commits));
  });

  test('at another event parks there, after the first one is fixed', async () => {
    const { stream, commits } = await written(
      stores.eventStore,
      [noted(1, 'a')],
      [noted(poison, 'a')],
      [noted(2, 'a')],
      [noted(7777, 'a')],
    );
    await deliver(stores, projection, deliveriesOf(commits));
    const otherwise: AnyProjection = {
      ...fixed,
      evolve: {
        ...fixed.evolve,
        Added: (document, data, metadata) => {
          if (data.amount === 7777) throw new Error('too much');
          return fixed.evolve['Added']?.(document, data, metadata);
        },
      },
    };
    await deliver(stores, otherwise, [{ stream, commits: [] }], { retryParked: true });
    expect(await parkedIn(stores, projection)).toMatchObject([{ eventId: eventId(stream, 4), error: 'Error: too much' }]);
    expect((await progress(projection, commits)).version).toBe(3);
  });

  test('is the very first event of a stream: nothing of it is there, and it is redriven all the same', async () => {
    const { stream, commits } = await written(stores.eventStore, [noted(poison, 'a')], [noted(1, 'a')]);
    await deliver(stores, projection, deliveriesOf(commits));
    await deliver(stores, projection, deliveriesOf(commits.slice(1)));
    expect(await progress(projection, commits)).toMatchObject({ document: null, version: 0, parked: { eventId: eventId(stream, 1) } });
    await deliver(stores, fixed, [{ stream, commits: [] }], { retryParked: true });
    expect(await progress(projection, commits)).toMatchObject({ version: 2 });
    expect(await parkedIn(stores, projection)).toEqual([]);
  });

  test.each([
    ['its first commit', 0, 1],
    ['all its commits', 0, 3],
  ])('at the first event keeps its stream parked after a fix until a redrive, if the stream brings again %s', async (_, from, to) => {
    const { stream, commits } = await written(stores.eventStore, [noted(poison, 'a')], [noted(1, 'a')], [noted(2, 'a')]);
    await deliver(stores, projection, deliveriesOf(commits.slice(0, 1)));
    await deliver(stores, projection, deliveriesOf(commits.slice(1)));
    await deliver(stores, fixed, deliveriesOf(commits.slice(from, to)));
    expect(await progress(projection, commits)).toMatchObject({ document: null, version: 0, parked: { eventId: eventId(stream, 1) } });
    expect(await parkedIn(stores, projection)).toHaveLength(1);
    await deliver(stores, fixed, [{ stream, commits: [] }], { retryParked: true });
    expect(await progress(projection, commits)).toMatchObject({ version: 3 });
    expect(await parkedIn(stores, projection)).toEqual([]);
  });

  test('is data of another shape, in the event that has it', async () => {
    const { stream, commits } = await written(
      stores.eventStore,
      [noted(1, 'a')],
      [{ type: 'Added', schema: 1, data: { amount: 'one', note: 'a' } }],
    );
    await deliver(stores, projection, deliveriesOf(commits));
    expect(await parkedIn(stores, projection)).toMatchObject([
      { eventId: eventId(stream, 2), error: expect.stringMatching(/InvalidEvent.*amount/) },
    ]);
  });

  test('is not what a store says: that is told, and tried again', async () => {
    for (const error of [new Unavailable('throttled'), new TypeError('a bug in the adapter')]) {
      const down = { ...stores, readModels: { ...stores.readModels, write: async () => Promise.reject(error) } };
      await expect(deliver(down, projection, deliveriesOf(good.commits))).rejects.toBe(error);
      const blind = { ...stores, eventStore: { ...stores.eventStore, read: async () => Promise.reject(error) } };
      await expect(deliver(blind, projection, deliveriesOf(good.commits.slice(1)))).rejects.toBe(error);
    }
    expect(await parkedIn(stores, projection)).toEqual([]);
    await all();
    expect((await progress(projection, good.commits)).version).toBe(2);
  });
});

describe('a row that no table takes', () => {
  /** Read models that take no document that holds a certain event, as if it were too large from there on. */
  const fullAt = (held: RegExp): ProjectionPorts => {
    const { write } = stores.readModels;
    const refusing: typeof write = async (projection, changes) => {
      if (changes.some(({ next }) => held.test(JSON.stringify(next.document)))) throw new Unwritable('item size has exceeded 400 KB');
      return write(projection, changes);
    };
    return { ...stores, readModels: { ...stores.readModels, write: refusing } };
  };

  test.each([
    ['a document of one stream', totals],
    ['documents of many streams', notes],
  ])('parks its stream where it is, and no other: %s', async (_, projection) => {
    const { stream, commits } = await written(stores.eventStore, [noted(1, 'x')], [noted(2, 'x')], [noted(13, 'x')], [noted(5, 'x')]);
    const full = fullAt(new RegExp(`13@3|${eventId(stream, 3)}`));
    await deliver(full, projection, deliveriesOf([...commits, ...good.commits]));
    await deliver(full, projection, deliveriesOf(commits));
    expect(await parkedIn(stores, projection)).toMatchObject([{ eventId: eventId(stream, 3), error: expect.stringContaining('400 KB') }]);
    const key = projection.key === undefined ? stream.id : 'x';
    const { document } = await rowOf(stores, projection, key);
    expect(document).toEqual(
      projection.key === undefined ? totalOf(commits.slice(0, 2)).document : notesOf([commits.slice(0, 2)]).get('x'),
    );
    expect((await progress(projection, good.commits)).version).toBe(2);
    expect((await progress(projection, commits)).version).toBe(2);

    await deliver(stores, projection, [{ stream, commits: [] }], { retryParked: true }); // Room was made.
    expect((await progress(projection, commits)).version).toBe(4);
    expect(await parkedIn(stores, projection)).toEqual([]);
  });

  test('parks each of the streams that have no room in it', async () => {
    const first = await written(stores.eventStore, [noted(1, 'x')]);
    const others = await Promise.all([2, 3, 4, 5].map((amount) => written(stores.eventStore, [noted(amount, 'x')], [noted(amount, 'y')])));
    const ofOthers = others.flatMap(({ commits }) => commits);
    await deliver(stores, notes, deliveriesOf(first.commits));
    await deliver(fullAt(/@1".*@1"/), notes, deliveriesOf(ofOthers));
    expect((await parkedIn(stores, notes)).map((fault) => fault.eventId).toSorted()).toEqual(
      others.map(({ stream }) => eventId(stream, 1)).toSorted(),
    );
    expect((await rowOf(stores, notes, 'x')).document).toEqual(notesOf([first.commits]).get('x'));

    await deliver(
      stores,
      notes,
      others.map(({ stream }) => ({ stream, commits: [] })),
      { retryParked: true },
    );
    for (const key of ['x', 'y'])
      expect((await rowOf(stores, notes, key)).document).toEqual(
        notesOf([first.commits, ...others.map(({ commits }) => commits)]).get(key),
      );
    expect(await parkedIn(stores, notes)).toEqual([]);
  });

  test('parks it, after another writer was in between; where the store does not answer, all is told', async () => {
    const streams = await Promise.all([1, 2, 3].map((amount) => written(stores.eventStore, [noted(amount, 'x')])));
    const deliveries = deliveriesOf(streams.flatMap(({ commits }) => commits));
    const full = fullAt(/@1"/);
    const { write } = full.readModels;
    const struck = (strike: () => Promise<boolean>): ProjectionPorts => {
      let parks = 0;
      const striking: typeof write = (projection, changes) =>
        changes.some(({ next }) => next.parked !== undefined) && ++parks === 2 ? strike() : write(projection, changes);
      return { ...full, readModels: { ...full.readModels, write: striking } };
    };
    const down = new Unavailable('throttled');
    const failed = await project(
      struck(() => Promise.reject(down)),
      notes,
      deliveries,
    );
    expect([...failed.values()]).toEqual([down, down, down]);
    expect(await parkedIn(stores, notes)).toHaveLength(1);
    await deliver(
      struck(async () => false),
      notes,
      deliveries,
    );
    expect(await parkedIn(stores, notes)).toHaveLength(3);
  });
});

test('poison to one projection is none to another', async () => {
  const healthy = { ...fixedTotals, name: 'healthy' };
  const project = projector(stores, () => [totals, notes, healthy]);
  expect(await project(deliveriesOf([...bad.commits, ...good.commits]))).toEqual(new Map());
  expect(await rowOf(stores, healthy, bad.stream.id)).toEqual(totalOf(bad.commits));
  expect(await parkedIn(stores, healthy)).toEqual([]);
  expect(await parkedIn(stores, totals)).toHaveLength(1);
  expect(await parkedIn(stores, notes)).toHaveLength(1);
});
