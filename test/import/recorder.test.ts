import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { noCache, tailCache } from '../../adapters/event-log/tail-cache.ts';
import type { Entry } from '../../core/import/mapping.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { fold, foldingOf } from '../../core/write/decider.ts';
import { tally } from '../support/tally.ts';
import { Crash, entriesOf, entryOf, type Fate, fated, idsIn, recorderOn, time } from './history.ts';

const roomy = () => tailCache({ maxEntries: 100, maxBytes: 1024 * 1024 });
const a = { aggregate: 'tally', id: 'a' };
const at = (second: number) => () => new Date(time(second));

let store: EventStore;
beforeEach(() => {
  store = memoryEventStore(at(0));
});

const recordAll = async (record: ReturnType<typeof recorderOn>, entries: readonly Entry[]): Promise<boolean[]> => {
  const isNew: boolean[] = [];
  for (const entry of entries) isNew.push((await record(entry)).isNew);
  return isNew;
};
const idsOf = (entries: readonly Entry[]): string[] => entries.map(({ request }) => request.commandId);
const allNew = (entries: readonly Entry[]) => entries.map(() => true);
const noneNew = (entries: readonly Entry[]) => entries.map(() => false);

/** Somebody else's event. */
const appendRival = async (id: string, recordedAt: string): Promise<void> => {
  const { tail, state } = await store.load({ aggregate: 'tally', id }, foldingOf(tally), 'strong');
  const cause = { commandId: 'rival', correlationId: 'rival', causationId: 'rival' };
  const folded = { fingerprint: foldingOf(tally).fingerprint, state };
  await store.append(
    tail,
    { ...cause, command: { type: 'Clear', data: {} } },
    { events: [{ type: 'Cleared', schema: 1, data: {} }], folded, recordedAt },
  );
};

describe('a new stream', () => {
  const entries = entriesOf('a', 1, 5);

  test('takes one put an entry, and no read', async () => {
    const { eventStore, calls } = fated(store);
    expect(await recordAll(recorderOn(eventStore, roomy()), entries)).toEqual(allNew(entries));
    expect(calls).toEqual(entries.map(() => 'append'));
  });

  test('has the times that were given', async () => {
    await recordAll(recorderOn(store, roomy()), entries);
    const { commits } = await store.read(a, { from: 1, limit: 10 });
    expect(commits.map(({ recordedAt }) => recordedAt)).toEqual([1, 2, 3, 4, 5].map(time));
  });

  test('has the state that its events make', async () => {
    await recordAll(recorderOn(store, roomy()), entries);
    const { state } = await store.load(a, foldingOf(tally), 'strong');
    expect(state).toEqual(fold(tally, entries.flatMap(({ events }) => events) as never));
  });

  test('is the same if nothing is remembered from one entry to the next', async () => {
    expect(await recordAll(recorderOn(store, noCache), entries)).toEqual(allNew(entries));
    expect(await idsIn(store, 'a')).toEqual(idsOf(entries));
  });
});

describe('a line that stands in the file twice', () => {
  test.each([3, 64, 65, 70, 300])('is recorded once, %i lines apart', async (apart) => {
    for (const cache of [roomy(), noCache]) {
      store = memoryEventStore(() => new Date());
      const entries = entriesOf('a', 1, apart);
      const twice = [...entries, entries[0] as Entry, entryOf('a', apart + 1)];
      expect(await recordAll(recorderOn(store, cache), twice)).toEqual(twice.map((_, index) => index !== apart));
      expect(await idsIn(store, 'a')).toEqual(idsOf([...entries, entryOf('a', apart + 1)]));
    }
  });

  test('is looked for in what was noted: a long stream is read once', async () => {
    const entries = entriesOf('a', 1, 300);
    const { eventStore, calls } = fated(store);
    await recordAll(recorderOn(eventStore, roomy()), entries);
    expect(calls.filter((call) => call !== 'append')).toEqual(['read']);
  });

  test('is told where it says something else the second time', async () => {
    const record = recorderOn(store, roomy());
    await recordAll(record, entriesOf('a', 1, 100));
    await expect(record(entryOf('a', 1, 77))).rejects.toMatchObject({ code: 'IdempotencyKeyReused' });
  });
});

describe('a second run', () => {
  test.each([1, 5, 64, 65, 200])('finds that %i entries of a stream are in', async (length) => {
    const entries = entriesOf('a', 1, length);
    await recordAll(recorderOn(store, roomy()), entries);
    for (const cache of [roomy(), noCache]) expect(await recordAll(recorderOn(store, cache), entries)).toEqual(noneNew(entries));
    expect(await idsIn(store, 'a')).toEqual(idsOf(entries));
  });

  test('of a short stream costs one put that is lost, and one read', async () => {
    const entries = entriesOf('a', 1, 20);
    await recordAll(recorderOn(store, roomy()), entries);
    const { eventStore, calls } = fated(store);
    await recordAll(recorderOn(eventStore, roomy()), entries);
    expect(calls).toEqual(['append', 'load']);
  });

  test('of a long stream reads it once, and then one commit an entry', async () => {
    const entries = entriesOf('a', 1, 300);
    await recordAll(recorderOn(store, roomy()), entries);
    const { eventStore, calls } = fated(store);
    await recordAll(recorderOn(eventStore, roomy()), entries);
    expect(calls.filter((call) => call === 'append')).toHaveLength(1);
    expect(calls.length).toBeLessThanOrEqual(300 + 3);
  });

  test.each([10, 64, 100, 200])('goes on where the first one ended, after %i entries', async (length) => {
    const entries = entriesOf('a', 1, length + 10);
    await recordAll(recorderOn(store, roomy()), entries.slice(0, length));
    expect(await recordAll(recorderOn(store, roomy()), entries)).toEqual(entries.map((_, index) => index >= length));
    expect(await idsIn(store, 'a')).toEqual(idsOf(entries));
  });

  test.each([20, 200])('of %i entries records one that was missing, and no other', async (length) => {
    const entries = entriesOf('a', 1, length);
    const missing = entries[4] as Entry;
    const others = entries.filter((entry) => entry !== missing);
    await recordAll(recorderOn(store, roomy()), others);
    expect(await recordAll(recorderOn(store, roomy()), entries)).toEqual(entries.map((entry) => entry === missing));
    expect(await idsIn(store, 'a')).toEqual([...idsOf(others), missing.request.commandId]);
  });

  test.each([1, 200])('is told where the same id stands for something else now (%i entries)', async (length) => {
    const entries = entriesOf('a', 1, length);
    await recordAll(recorderOn(store, roomy()), entries);
    await expect(recorderOn(store, roomy())(entryOf('a', 1, 77))).rejects.toMatchObject({ code: 'IdempotencyKeyReused' });
  });
});

describe('a stream that others have written to', () => {
  test('gets the entries behind what it has, and no time runs backwards', async () => {
    await appendRival('a', time(3));
    const entries = entriesOf('a', 1, 5);
    expect(await recordAll(recorderOn(store, roomy()), entries)).toEqual(allNew(entries));
    expect(await idsIn(store, 'a')).toEqual(['rival', ...idsOf(entries)]);
    const { commits } = await store.read(a, { from: 1, limit: 10 });
    expect(commits.map(({ recordedAt }) => recordedAt)).toEqual([3, 3, 3, 3, 4, 5].map(time));
  });

  test('while it is imported keeps all of it', async () => {
    const [first, ...others] = entriesOf('a', 1, 5) as [Entry, ...Entry[]];
    const record = recorderOn(store, roomy());
    await record(first);
    await appendRival('a', time(1));
    expect(await recordAll(record, others)).toEqual(allNew(others));
    expect(await idsIn(store, 'a')).toEqual(['entry/1', 'rival', ...idsOf(others)]);
  });
});

test('what does not answer is asked again, and in the end the error is told', async () => {
  const pauses: number[] = [];
  const wait = async (tries: number) => void pauses.push(tries);
  const often = (times: number) => fated(store, Array<Fate>(times).fill('lost before').values()).eventStore;
  expect(await recorderOn(often(9), roomy(), wait)(entryOf('a', 1))).toMatchObject({ isNew: true });
  expect(pauses).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await expect(recorderOn(often(10), roomy())(entryOf('b', 1))).rejects.toMatchObject({ code: 'Unavailable' });
});

test('law: whatever is lost, however often it crashes and whoever writes along, each entry is recorded once and in order', async () => {
  const fate: fc.Arbitrary<Fate> = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fate>('ok') },
    { weight: 2, arbitrary: fc.constantFrom<Fate>('lost before', 'lost after', 'crash before', 'crash after') },
  );
  const run = fc.record({ fates: fc.array(fate, { maxLength: 40 }), maxEntries: fc.integer({ min: 0, max: 3 }), rivals: fc.boolean() });
  const shape = {
    lengths: fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 3 }),
    runs: fc.array(run, { maxLength: 3 }),
  };
  await fc.assert(
    fc.asyncProperty(fc.record(shape), async ({ lengths, runs }) => {
      store = memoryEventStore(at(0));
      const streams = lengths.map((length, index) => entriesOf(`s${index}`, 1, length));
      const longest = Math.max(...lengths);
      const file = Array.from({ length: longest }, (_, n) => streams.flatMap((entries) => entries.slice(n, n + 1))).flat();
      for (const { fates, maxEntries, rivals } of [...runs, { fates: [], maxEntries: 2, rivals: false }]) {
        const { eventStore } = fated(store, fates.values());
        const cache = tailCache({ maxEntries, maxBytes: 1024 * 1024 });
        await recordAll(recorderOn(eventStore, cache), file).catch((error) => expect(error).toBeInstanceOf(Crash));
        if (rivals) await appendRival('s0', time(0));
      }
      for (const [index, entries] of streams.entries())
        expect((await idsIn(store, `s${index}`)).filter((id) => id !== 'rival')).toEqual(idsOf(entries));
    }),
    { numRuns: 100 },
  );
});
