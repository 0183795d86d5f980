import { beforeEach, describe, expect, test } from '@jest/globals';
import { counted, memoryStores, rowOf } from '../../test/support/read-taps.ts';
import { filled } from '../../test/support/requests.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import { Unavailable, Unwritable } from '../basics/errors.ts';
import { streamName } from '../basics/stream.ts';
import type { Commit } from '../log/event-store.ts';
import { foldAll } from '../testing/fold-document.ts';
import type { ProjectionPorts } from './ports.ts';
import { firstRow, projectStream } from './project-stream.ts';
import { nothing } from './projection.ts';
import type { Change, ReadModels } from './read-models.ts';

let stores: ProjectionPorts;
beforeEach(() => {
  stores = memoryStores();
});

const usual = { retryParked: false };
/** The same stores, whose write is another one. */
const writing = (write: (changes: readonly Change[], usually: () => Promise<boolean>) => Promise<boolean>): ProjectionPorts => {
  const { readModels } = stores;
  const other: ReadModels = {
    ...readModels,
    write: (projection, changes) => write(changes, () => readModels.write(projection, changes)),
  };
  return { ...stores, readModels: other };
};
const poisoned = (commit: Commit): Commit => ({ ...commit, events: [{ type: 'Added', schema: 1, data: { amount: 'x' } }] });

describe('a write that loses to another writer', () => {
  test('is folded and written again, nine times', async () => {
    const { stream, commits } = await filled(stores.eventStore, 1, 2);
    let lost = 0;
    const contended = writing(async (_, write) => (lost++ < 9 ? false : write()));
    await projectStream(contended, tallyTotal, { stream, commits }, usual);
    expect(lost).toBe(10);
    expect(await rowOf(stores, tallyTotal, stream.id)).toEqual(foldAll(tallyTotal, commits));
  });

  test('ten times fails, and the error names the projection and the document', async () => {
    const { stream, commits } = await filled(stores.eventStore, 1);
    let lost = 0;
    const contended = writing(async () => {
      lost += 1;
      return false;
    });
    await expect(projectStream(contended, tallyTotal, { stream, commits }, usual)).rejects.toThrow(
      `tally-total: other writers changed '${stream.id}' 10 times`,
    );
    expect(lost).toBe(10);
  });

  test('a page of a long gap that is written is no conflict', async () => {
    const { stream, commits } = await filled(stores.eventStore, ...Array<number>(12).fill(1));
    let writes = 0;
    const counting = writing((_, write) => {
      writes += 1;
      return write();
    });
    const { eventStore } = stores;
    const commitByCommit = {
      ...counting,
      eventStore: {
        ...eventStore,
        read: (...[of, { from }]: Parameters<typeof eventStore.read>) => eventStore.read(of, { from, limit: 1 }),
      },
    };
    await projectStream(commitByCommit, tallyTotal, { stream, commits: commits.slice(-1) }, usual);
    expect(writes).toBe(12);
    expect(await rowOf(stores, tallyTotal, stream.id)).toEqual(foldAll(tallyTotal, commits));
  });
});

describe('the reads', () => {
  test('a new stream is written without one, and later commits with one strong read', async () => {
    const { stream, commits } = await filled(stores.eventStore, 1, 1);
    const { stores: noted, calls } = counted(stores);
    await projectStream(noted, tallyTotal, { stream, commits: commits.slice(0, 1) }, usual);
    expect(calls).toEqual(['write']);
    const consistencies: string[] = [];
    const { readModels } = stores;
    const reading = {
      ...stores,
      readModels: {
        ...readModels,
        get: (...args: Parameters<ReadModels['get']>) => {
          consistencies.push(args[2]);
          return readModels.get(...args);
        },
      },
    };
    await projectStream(reading, tallyTotal, { stream, commits: commits.slice(1) }, usual);
    expect(consistencies).toEqual(['strong']);
  });

  test('a repeated commit is counted once as a duplicate, and writes nothing', async () => {
    const { stream, commits } = await filled(stores.eventStore, 1, 1);
    await projectStream(stores, tallyTotal, { stream, commits }, usual);
    const duplicates: number[] = [];
    const { stores: noted, calls } = counted(stores);
    const observed = { ...noted, gateObserver: { duplicates: (number: number) => duplicates.push(number), gap: () => {} } };
    await projectStream(observed, tallyTotal, { stream, commits: commits.slice(1) }, usual);
    expect({ duplicates, calls }).toEqual({ duplicates: [1], calls: ['get'] });
  });
});

describe('a document that the table rejects for good', () => {
  const rejects = (version: number) =>
    writing(async ([change], write) => {
      if ((change?.next.version ?? 0) >= version && change?.next.parked === undefined) throw new Unwritable('too large');
      return write();
    });

  test('parks its stream at the commit that makes it, and the commits before it are in the document', async () => {
    const { stream, commits } = await filled(stores.eventStore, 1, 2, 1);
    await projectStream(rejects(2), tallyTotal, { stream, commits }, usual);
    expect(await rowOf(stores, tallyTotal, stream.id)).toMatchObject({
      ...foldAll(tallyTotal, commits.slice(0, 1)),
      parked: { stream: streamName(stream), eventId: `${streamName(stream)}@2`, error: 'too large' },
    });
  });

  test('parks a new stream at its first event', async () => {
    const { stream, commits } = await filled(stores.eventStore, 1, 1);
    await projectStream(rejects(1), tallyTotal, { stream, commits }, usual);
    expect(await rowOf(stores, tallyTotal, stream.id)).toMatchObject({ ...nothing, parked: { eventId: `${streamName(stream)}@1` } });
  });

  test('another error of the table parks nothing', async () => {
    const { stream, commits } = await filled(stores.eventStore, 1, 1);
    const down = writing(() => Promise.reject(new Unavailable('throttled')));
    await expect(projectStream(down, tallyTotal, { stream, commits }, usual)).rejects.toThrow('throttled');
    expect(await rowOf(stores, tallyTotal, stream.id)).toEqual(nothing);
  });

  test('a redrive without commits fails with the error of the table', async () => {
    const { stream, commits } = await filled(stores.eventStore, 1);
    await projectStream(stores, tallyTotal, { stream, commits: commits.map(poisoned) }, usual);
    const full = writing(() => Promise.reject(new Unwritable('too large')));
    const none = { ...full, eventStore: { ...full.eventStore, read: async () => ({ commits: [], next: undefined }) as never } };
    await expect(projectStream(none, tallyTotal, { stream, commits: [] }, { retryParked: true })).rejects.toBeInstanceOf(Unwritable);
  });
});

describe('the first row of a stream', () => {
  test('is the fold of commits from version 1 on without a gap', async () => {
    const { commits } = await filled(stores.eventStore, 2, 1, 3);
    for (const length of [1, 2, 3])
      expect(firstRow(stores, tallyTotal, commits.slice(0, length))).toEqual(foldAll(tallyTotal, commits.slice(0, length)));
  });

  test('is none without commits, with a later beginning, with a gap, and in another order', async () => {
    const { commits } = await filled(stores.eventStore, 2, 1, 3);
    const [first, second, third] = commits as [Commit, Commit, Commit];
    for (const others of [[], [second], [second, third], [first, third], [first, first], [second, first]])
      expect(firstRow(stores, tallyTotal, others)).toBeUndefined();
  });

  test('ends before the event that cannot be applied, and is parked with it', async () => {
    const { stream, commits } = await filled(stores.eventStore, 2, 1, 1);
    const [first, second, third] = commits as [Commit, Commit, Commit];
    expect(firstRow(stores, tallyTotal, [first, poisoned(second), third])).toMatchObject({
      ...foldAll(tallyTotal, [first]),
      parked: { eventId: `${streamName(stream)}@3` },
    });
  });
});
