import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { interposed } from '../../test/support/interposed-store.ts';
import { deliveriesOf, readAtLeast, replaceRow, storesOf } from '../../test/support/projecting.ts';
import { noted, notes, poison, totals, written as writeNotes } from '../../test/support/read-notes.ts';
import { deliver, memoryStores } from '../../test/support/read-taps.ts';
import { errorOf, filled } from '../../test/support/requests.ts';
import { tallyTotal } from '../../test/support/tally.ts';
import { Conflict, Unavailable } from '../basics/errors.ts';
import { type Address, eventId, streamName } from '../basics/stream.ts';
import { type Commit, type EventStore, lastVersion } from '../log/event-store.ts';
import { foldAll } from '../testing/fold-document.ts';
import { documentReader, type Token } from './document-reader.ts';
import type { ProjectionPorts } from './ports.ts';
import { nothing } from './projection.ts';
import type { ReadModels } from './read-models.ts';

let eventStore: EventStore;
let readModels: ReadModels;
let stream: Address;
let commits: readonly Commit[];

beforeEach(async () => {
  eventStore = memoryEventStore(() => new Date());
  readModels = memoryReadModels();
  ({ stream, commits } = await filled(eventStore, 2, 1, 3));
});

const foldOf = (count: number) => foldAll(tallyTotal, commits.slice(0, count), nothing);
const seen = (count: number) => replaceRow(readModels, tallyTotal, stream.id, 0, foldOf(count));
const read = (atLeast: number, over = eventStore) => readAtLeast({ eventStore: over, readModels }, tallyTotal, stream, atLeast);

test('a reader who has seen nothing gets the document as it is', async () => {
  await seen(2);
  const { store, calls } = interposed(eventStore);
  expect(await read(0, store)).toEqual(foldOf(2));
  expect(calls).toEqual([]);
});

test('nobody has seen anything: nothing', async () => expect(await read(0)).toEqual(nothing));

// The commits end at the versions 2, 3 and 6.
test.each([
  [0, 1],
  [0, 2],
  [0, 6],
  [1, 3],
  [1, 4],
  [1, 6],
  [2, 5],
])('a document with %d commits, asked for version %d, holds that version', async (projected, atLeast) => {
  if (projected > 0) await seen(projected);
  const found = await read(atLeast);
  expect(found.version).toBeGreaterThanOrEqual(atLeast);
  expect(found).toEqual(foldOf(commits.findIndex((commit) => lastVersion(commit) === found.version) + 1));
});

test('what is fresh enough costs no read of the log', async () => {
  await seen(3);
  const { store, calls } = interposed(eventStore);
  expect(await read(6, store)).toEqual(foldOf(3));
  expect(calls).toEqual([]);
});

test('what is folded in for one reader is not written', async () => {
  await seen(1);
  await read(6);
  expect(await readModels.get(tallyTotal, stream.id, 'strong')).toEqual(foldOf(1));
});

test('a version that the stream does not have is invalid', async () => {
  await seen(1);
  await expect(read(7)).rejects.toMatchObject({ name: 'Invalid', code: 'InvalidRequest' });
});

describe('a document of many streams', () => {
  let stores: ProjectionPorts;
  let written: Awaited<ReturnType<typeof writeNotes>>[];
  let waited: number[];
  let clock: number;
  beforeEach(async () => {
    const memory = memoryStores();
    waited = [];
    clock = 0;
    const pause = async (step: number) => {
      waited.push(step);
      clock += 250;
      await arrives?.(waited.length);
    };
    stores = { ...memory, now: () => new Date(clock), pause };
    written = [await writeNotes(memory.eventStore, [noted(1, 'a')], [noted(2, 'a')]), await writeNotes(memory.eventStore, [noted(5, 'a')])];
    arrives = undefined;
  });
  let arrives: ((polls: number) => Promise<void>) | undefined;
  const [first, second] = [() => written[0] as (typeof written)[number], () => written[1] as (typeof written)[number]];
  const readA = (waitSeconds: number, ...after: readonly Token[]) =>
    documentReader(stores)({ projection: notes, key: 'a', after, waitSeconds });
  const bring = (...all: readonly { commits: readonly Commit[] }[]) =>
    deliver(stores, notes, deliveriesOf(all.flatMap(({ commits: some }) => some)));

  test('is read as it is without a token', async () => {
    expect(await readA(0)).toEqual(nothing);
    await bring(first());
    expect((await readA(0)).document).toMatchObject({ sum: 3 });
    expect(waited).toEqual([]);
  });

  test('that has seen the token is read at once', async () => {
    await bring(first());
    expect((await readA(0, { stream: first().stream, version: 2 })).document).toMatchObject({ sum: 3 });
    expect(waited).toEqual([]);
  });

  test('is waited for, and has the event then', async () => {
    arrives = async (polls) => (polls === 3 ? bring(first()) : undefined);
    expect((await readA(2, { stream: first().stream, version: 2 })).document).toMatchObject({ sum: 3 });
    expect(waited).toEqual([1, 2, 3]);
  });

  test('is waited for until it has the events of every token', async () => {
    arrives = async (polls) => bring(polls === 1 ? first() : second());
    const tokens = [
      { stream: first().stream, version: 2 },
      { stream: second().stream, version: 1 },
    ];
    expect((await readA(2, ...tokens)).document).toMatchObject({ sum: 8 });
    expect(waited).toHaveLength(2);
  });

  test.each([0, 1, 2])('is not waited for longer than %d seconds: Unavailable, to be tried again', async (seconds) => {
    const error = await errorOf(readA(seconds, { stream: first().stream, version: 2 }));
    expect(error).toBeInstanceOf(Unavailable);
    expect(error.message).toContain(`${first().stream.id}@2`);
    expect(clock).toBe(seconds * 1000);
  });

  // Waiting cannot bring what was never recorded.
  test('that is to hold an event which is not recorded is invalid, like one of a single stream', async () => {
    await bring(first());
    const error = await errorOf(readA(1, { stream: first().stream, version: 9 }));
    expect(error).toMatchObject({ name: 'Invalid', code: 'InvalidRequest' });
  });

  test('whose stream is parked says so instead of waiting in vain', async () => {
    const bad = await writeNotes(stores.eventStore, [noted(poison, 'a')]);
    await bring(bad);
    const error = await errorOf(readA(1, { stream: bad.stream, version: 1 }));
    expect(error).toBeInstanceOf(Conflict);
    expect(error).toMatchObject({ code: 'Parked', details: { event: eventId(bad.stream, 1) } });
    expect(waited).toEqual([]);
  });

  test('whose stream is parked behind the token is read', async () => {
    const bad = await writeNotes(stores.eventStore, [noted(1, 'a')], [noted(poison, 'a')]);
    await bring(bad);
    expect((await readA(1, { stream: bad.stream, version: 1 })).document).toMatchObject({ sum: 1 });
  });

  test('whose stream is parked while it is waited for says so then', async () => {
    const bad = await writeNotes(stores.eventStore, [noted(poison, 'a')]);
    arrives = async (polls) => (polls === 2 ? bring(bad) : undefined);
    expect(await errorOf(readA(5, { stream: bad.stream, version: 1 }))).toMatchObject({ code: 'Parked' });
    expect(waited).toEqual([1, 2]);
  });
});

describe('a document whose stream has poison', () => {
  const bad = async () => {
    const stores = memoryStores();
    const poisoned = await writeNotes(stores.eventStore, [noted(1)], [noted(poison)]);
    const readBad = (version: number) =>
      documentReader(stores)({
        projection: totals,
        key: poisoned.stream.id,
        after: [{ stream: poisoned.stream, version }],
        waitSeconds: 0,
      });
    return { stores, ...poisoned, readBad };
  };

  test('is read up to it', async () => {
    const { stores, commits: all, readBad } = await bad();
    await deliver(stores, totals, deliveriesOf(all));
    expect(await readBad(1)).toMatchObject({
      version: 1,
      document: { sum: 1 },
      parked: { eventId: `${streamName(all[0]?.stream as Address)}@2` },
    });
  });

  test.each([true, false])('is Parked past it, after the projector has parked it and before (%s)', async (isParked) => {
    const { stores, stream: its, commits: all, readBad } = await bad();
    if (isParked) await deliver(stores, totals, deliveriesOf(all));
    const error = await errorOf(readBad(2));
    expect(error).toBeInstanceOf(Conflict);
    expect(error).toMatchObject({ code: 'Parked', details: { event: eventId(its, 2) }, message: expect.stringContaining('redrive') });
  });

  test('is read up to it before it is parked, too', async () => {
    const { readBad } = await bad();
    expect(await readBad(1)).toMatchObject({ version: 1, document: { sum: 1 } });
  });
});

test('tokens of other streams have no part in a document of one stream', async () => {
  await seen(2);
  const others = await filled(eventStore, 1);
  const row = await documentReader(storesOf(eventStore, readModels))({
    projection: tallyTotal,
    key: stream.id,
    after: [{ stream: others.stream, version: 99 }],
    waitSeconds: 0,
  });
  expect(row).toEqual(foldOf(2));
});
