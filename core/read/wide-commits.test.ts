import { beforeEach, describe, expect, test } from '@jest/globals';
import { deliveriesOf } from '../../test/support/projecting.ts';
import { noted, notes, poison, writeMore } from '../../test/support/read-notes.ts';
import { counted, deliver, memoryStores, parkedIn, rowOf, tapped } from '../../test/support/read-taps.ts';
import { errorOf, longAgo, newStream } from '../../test/support/requests.ts';
import { auditPage } from '../audit/audit.ts';
import { Conflict, TooLargeTogether, Unavailable } from '../basics/errors.ts';
import { type Address, eventId, streamName } from '../basics/stream.ts';
import type { Commit } from '../log/event-store.ts';
import { fillPage } from '../rebuild/rebuild.ts';
import { documentReader } from './document-reader.ts';
import type { BringUp, ProjectionPorts } from './ports.ts';
import { type AnyProjection, nothing } from './projection.ts';
import { project } from './projector.ts';
import { progressKey, type Row } from './read-models.ts';

// Commits that change more documents than one transaction can: 99 beside the checkpoint.

let stores: ProjectionPorts;
let stream: Address;
let commits: readonly Commit[];
beforeEach(() => {
  stores = memoryStores(longAgo);
  stream = newStream();
});

const keyOf = (index: number): string => `n-${index}`;
const wide = (documents: number) => Array.from({ length: documents }, (_, index) => noted(amountOf(index), keyOf(index)));
const amountOf = (index: number): number => index + 1000; // None is poison.
/** The events of three commits: one before, a wide one, and one after. The wide one has the versions 2 to `documents` + 1. */
const write = async (events: Parameters<typeof writeMore>[2]) => {
  ({ commits } = await writeMore(stores.eventStore, stores.eventStore.begin(stream), [noted(1, 'before')], events, [noted(1, 'after')]));
};

const checkpoint = () => rowOf(stores, notes, progressKey(notes, stream));
const sums = async (count: number): Promise<readonly unknown[]> =>
  Promise.all(Array.from({ length: count }, async (_, index) => (await rowOf(stores, notes, keyOf(index))).document?.['sum']));
const everySum = (count: number) => Array.from({ length: count }, (_, index) => amountOf(index));

/** The process dies at the nth write, before or after the table has executed it. */
const dyingAt = (nth: number, executed: boolean): ProjectionPorts => {
  let writes = 0;
  return tapped(stores, async (call, act) => {
    if (call !== 'write' || ++writes < nth) return act();
    if (executed) await act();
    throw new Unavailable('the process is dead');
  });
};
const die = (nth: number, executed: boolean, batch = commits) =>
  deliver(dyingAt(nth, executed), notes, deliveriesOf(batch)).catch(() => {});

describe.each([99, 100, 199])('a commit of %d documents', (count) => {
  beforeEach(() => write(wide(count)));
  const writes = Math.ceil((count + 2) / 99);

  test('is projected, with what is before and after it, in as few writes as possible', async () => {
    const { stores: noted, calls } = counted(stores);
    await deliver(noted, notes, deliveriesOf(commits));
    expect(await sums(count)).toEqual(everySum(count));
    expect(await checkpoint()).toEqual({ ...nothing, version: count + 2, recordedAt: commits[2]?.recordedAt });
    expect((await rowOf(stores, notes, 'after')).document).toMatchObject({ sum: 1 });
    expect(calls.filter((call) => call === 'write').length).toBeLessThanOrEqual(writes + 1);
  });

  test('is projected once, at whichever write its projector dies, and whichever batch comes next', async () => {
    for (const batch of [commits.slice(1), commits.slice(2), [...commits, ...commits].reverse()])
      for (const executed of [true, false])
        for (let nth = 1; nth <= writes + 1; nth++) {
          stores = memoryStores(longAgo);
          await write(wide(count));
          await die(nth, executed);
          await deliver(stores, notes, deliveriesOf(batch));
          await deliver(stores, notes, deliveriesOf(commits));
          expect(await sums(count)).toEqual(everySum(count));
          expect(await checkpoint()).toMatchObject({ version: count + 2 });
        }
  });
});

test('a document that several parts of a commit change has every event once', async () => {
  const again = [...wide(150), ...wide(150), noted(1000, keyOf(0))];
  await write(again);
  for (let nth = 1; nth < 8; nth++) await die(nth, nth % 2 === 0);
  await deliver(stores, notes, deliveriesOf(commits));
  expect(await sums(150)).toEqual(everySum(150).map((sum) => (sum === 1000 ? 3000 : 2 * sum)));
});

test('documents that are too large together are written in more transactions', async () => {
  await write(wide(20));
  const { write: take } = stores.readModels;
  const small: typeof take = async (projection, changes) => {
    if (changes.length > 4) throw new TooLargeTogether('4 rows are possible');
    return take(projection, changes);
  };
  await deliver({ ...stores, readModels: { ...stores.readModels, write: small } }, notes, deliveriesOf(commits));
  expect(await sums(20)).toEqual(everySum(20));
  expect(await parkedIn(stores, notes)).toEqual([]);
});

test('a commit that fits into one transaction is written in one, also if it was too large together with other commits', async () => {
  const others = await Promise.all(
    Array.from({ length: 3 }, async (_, index) => {
      const { commits } = await writeMore(stores.eventStore, stores.eventStore.begin(newStream()), [noted(1, `other-${index}`)]);
      return commits;
    }),
  );
  await write(wide(20));
  const { write: take } = stores.readModels;
  const small: typeof take = async (projection, changes) => {
    if (changes.length > 21) throw new TooLargeTogether('21 rows are possible');
    for (const { next } of changes) expect(next).not.toHaveProperty('wholeVersion');
    return take(projection, changes);
  };
  await deliver({ ...stores, readModels: { ...stores.readModels, write: small } }, notes, deliveriesOf([...commits, ...others.flat()]));
  expect(await sums(20)).toEqual(everySum(20));
  expect(await checkpoint()).toMatchObject({ version: 22 });
  for (const index of [0, 1, 2]) expect((await rowOf(stores, notes, `other-${index}`)).document).toMatchObject({ sum: 1 });
});

test('a commit of 5,000 documents is projected, and its documents are read part by part', async () => {
  await write(wide(5000));
  const { stores: seen, calls } = counted(stores);
  await deliver(seen, notes, deliveriesOf(commits));
  expect(await sums(5000)).toEqual(everySum(5000));
  expect(calls.filter((call) => call === 'getMany').length).toBeGreaterThan(50);
});

test('a document of one stream has all events of a commit in one write, however many there are', async () => {
  const { key: _, ...total }: AnyProjection = { ...notes, evolve: { Added: ({ sum }) => ({ sum: sum + 1, seen: [] }) } };
  await write(wide(5000));
  const { stores: seen, calls } = counted(stores);
  await deliver(seen, total, deliveriesOf(commits));
  expect(calls).toEqual(['write']);
  expect(await rowOf(stores, total, stream.id)).toMatchObject({ version: 5002, document: { sum: 5002 } });
});

describe('while a commit is written in part', () => {
  beforeEach(async () => {
    await write(wide(250));
    await die(2, true);
  });

  test('the checkpoint says how many events are in, and up to where commits are whole', async () => {
    const { version, wholeVersion } = await checkpoint();
    expect(version).toBeGreaterThan(2);
    expect(version).toBeLessThan(251);
    expect(wholeVersion).toBe(1);
    expect((await sums(250)).filter((sum) => sum !== undefined)).toEqual(everySum(version - 1));
  });

  const readAfter = (version: number, from = stores) =>
    documentReader(from)({ projection: notes, key: keyOf(0), after: [{ stream, version }], waitSeconds: 1 });

  test('a reader waits for each event of the commit, and for none before it', async () => {
    expect(await readAfter(1)).toMatchObject({ document: { sum: amountOf(0) } });
    const { version } = await checkpoint();
    let clock = 0;
    const pause = async () => {
      clock += 500;
    };
    const waiting = { ...stores, now: () => new Date(clock), pause };
    for (const inside of [2, 3, version, version + 1, 251]) expect(await errorOf(readAfter(inside, waiting))).toBeInstanceOf(Unavailable);
    await deliver(stores, notes, deliveriesOf(commits));
    for (const inside of [2, version, 251]) expect(await readAfter(inside)).toMatchObject({ document: { sum: amountOf(0) } });
  });

  const audit = (repairs?: BringUp) => auditPage({ stores, projections: [notes], isListening: () => true, repairs }, { index: 0, of: 1 });

  test('the audit misses the commit, and repairs it', async () => {
    expect((await audit()).findings).toMatchObject([{ stream: streamName(stream), kind: 'missing', recorded: 252, projected: 1 }]);
    expect(await audit((...args) => project(stores, ...args))).toMatchObject({ findings: [], repaired: 1 });
    expect(await sums(250)).toEqual(everySum(250));
  });

  test('the audit misses it also if it is the last commit of its stream', async () => {
    stores = memoryStores(longAgo);
    ({ commits } = await writeMore(stores.eventStore, stores.eventStore.begin(stream), wide(250)));
    await die(2, true);
    expect((await audit()).findings).toMatchObject([{ kind: 'missing', recorded: 250, projected: 0 }]);
    await deliver(stores, notes, [{ stream, commits: [] }]);
    expect((await audit()).findings).toEqual([]);
  });

  test('the audit finds that the log has lost the commit', async () => {
    const { eventStore } = stores;
    const isKept = ({ version }: Commit): boolean => version === 1;
    const restored: ProjectionPorts['eventStore'] = {
      ...eventStore,
      read: async (...args) => ({ commits: (await eventStore.read(...args)).commits.concat(commits.slice(0, 1)).filter(isKept) }),
      scan: async (...args) => ({ commits: (await eventStore.scan(...args)).commits.filter(isKept) }),
    };
    const { version } = await checkpoint();
    const { findings } = await auditPage(
      { stores: { ...stores, eventStore: restored }, projections: [notes], isListening: () => true },
      { index: 0, of: 1 },
    );
    expect(findings).toMatchObject([{ kind: 'ahead', recorded: 1, projected: version }]);
  });

  test('a fill continues it', async () => {
    await fillPage({ stores, projection: notes, isListening: () => true }, { index: 0, of: 1 });
    expect(await sums(250)).toEqual(everySum(250));
    expect(await checkpoint()).not.toHaveProperty('wholeVersion');
  });

  test('several projectors finish it together, and each event counts once', async () => {
    await Promise.all([commits, commits.slice(1), commits.slice(2), commits].map((batch) => deliver(stores, notes, deliveriesOf(batch))));
    expect(await sums(250)).toEqual(everySum(250));
  });
});

describe('poison in a wide commit', () => {
  const poisonAt = (index: number) => wide(250).map((event, place) => (place === index ? noted(poison, keyOf(index)) : event));
  const fixed: AnyProjection = { ...notes, evolve: { Added: ({ sum, seen }, { amount }) => ({ sum: sum + amount, seen }) } };

  test('parks the stream at its event: the parts before it stay, and redrive adds the rest once', async () => {
    await write(poisonAt(200));
    await deliver(stores, notes, deliveriesOf(commits));
    const { version, wholeVersion, parked } = await checkpoint();
    expect(parked?.eventId).toBe(eventId(stream, 202));
    expect(wholeVersion).toBe(1);
    expect((await sums(250)).filter((sum) => sum !== undefined)).toEqual(everySum(version - 1));
    const asked = (inside: number) =>
      documentReader(stores)({ projection: notes, key: keyOf(0), after: [{ stream, version: inside }], waitSeconds: 0 });
    for (const inside of [2, 202, 251]) {
      const error = await errorOf(asked(inside));
      expect(error).toBeInstanceOf(Conflict);
      expect(error).toMatchObject({ code: 'Parked', details: { event: eventId(stream, 202) } });
    }
    await deliver(stores, fixed, [{ stream, commits: [] }], { retryParked: true });
    expect(await sums(250)).toEqual(everySum(250).map((sum) => (sum === amountOf(200) ? poison : sum)));
    expect(await checkpoint()).toEqual({ ...nothing, version: 252, recordedAt: commits[2]?.recordedAt });
  });

  test('in its data or its key is found before any part is written', async () => {
    await write(wide(250).map((event, index) => (index === 200 ? { ...event, data: { amount: 'x', note: keyOf(index) } } : event)));
    await deliver(stores, notes, deliveriesOf(commits));
    expect(await checkpoint()).toMatchObject({ version: 1, parked: { eventId: eventId(stream, 202) } });
    expect((await sums(250)).filter((sum) => sum !== undefined)).toEqual([]);
  });
});

describe('a stream that an older release parked', () => {
  const parkedBefore = (version: number): Row => ({
    ...nothing,
    version,
    parked: {
      stream: streamName(stream),
      eventId: eventId(stream, 2),
      error: 'Poison: a commit changes 250 documents, 99 are possible',
      parkedAt: '2026-01-01T00:00:00.000Z',
    },
  });

  test.each([
    ['because a commit changes too many documents', 1],
    ['inside a commit, which this release had begun', 90],
  ])('%s is healed by a redrive, also by one that dies on the way', async (_, version) => {
    await write(wide(250));
    if (version > 1) await deliver(stores, notes, deliveriesOf(commits.slice(0, 1)));
    const begun = commits.slice(0, 2).map((commit) => ({ ...commit, events: commit.events.slice(0, version - commit.version + 1) }));
    await deliver(stores, notes, deliveriesOf(begun));
    const from = (await checkpoint()).version;
    expect(from).toBe(version);
    await stores.readModels.write(notes, [{ key: progressKey(notes, stream), tenant: undefined, from, next: parkedBefore(version) }]);
    await deliver(stores, notes, deliveriesOf(commits));
    expect((await checkpoint()).parked).toBeDefined();
    const redrive = (from: ProjectionPorts) => deliver(from, notes, [{ stream, commits: [] }], { retryParked: true });
    await redrive(dyingAt(2, true)).catch(() => {});
    await redrive(stores);
    expect(await sums(250)).toEqual(everySum(250));
    expect(await parkedIn(stores, notes)).toEqual([]);
    expect(await checkpoint()).toMatchObject({ version: 252 });
  });
});
