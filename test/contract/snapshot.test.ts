import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { itemBytes, maxItemBytes, writeUnits } from '../../adapters/aws/item-size.ts';
import { beginningOf, type CommitItem, toItem } from '../../adapters/event-log/commit-item.ts';
import { cadence, isSnapshotIntact, type SnapshotDue, snapshotOf, withSnapshot } from '../../adapters/event-log/snapshot.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { streamName } from '../../core/basics/stream.ts';
import { type AnyDecider, foldingOf } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { noise } from '../support/noise.ts';
import { openLog } from '../support/open-log.ts';
import { pile, put } from '../support/pile.ts';
import { added, anyCommand, newStream, request } from '../support/requests.ts';
import { add, tally } from '../support/tally.ts';

const fingerprint = 'of these tests';
const itemOf = (note = ''): CommitItem =>
  toItem(
    beginningOf('tally-7'),
    request(anyCommand, 'k1'),
    { events: [...added(1), { type: 'Added', schema: 1, data: { note } }] },
    '2026-01-01T09:00:00.000Z',
  );
const due = (state: unknown, more: Partial<SnapshotDue> = {}): SnapshotDue => ({
  fingerprint,
  state: JSON.stringify(state),
  recalls: [],
  commitsSince: 0,
  bytesSince: 0,
  ...more,
});
const recalls = [1, 3, 4, 1000].map((version) => ({ key: `key${version % 10}${version % 7}`, version }));
const unitsOf = (item: CommitItem) => writeUnits(itemBytes(item));

describe('a snapshot', () => {
  test.each([
    ['a small state', { sum: 1 }],
    ['no state', null],
    ['text of every kind', ['', '漢字', '👩‍👩‍👧', '\u0000', '\u2028', '\\"\n', '\ud800']],
    ['a state that compression makes small', { text: 'x'.repeat(50_000) }],
  ])('is read as it was taken: %s', (_, state) => {
    const item = withSnapshot(itemOf(), due(state, { recalls, commitsSince: cadence }));
    expect(snapshotOf(item, fingerprint)).toEqual({ state, recalls });
    expect(isSnapshotIntact(item)).toBe(true);
  });

  test('leaves the commit as it is', () => {
    const { snapshot, ...rest } = withSnapshot(itemOf(), due({ sum: 1 }));
    expect(snapshot).toBeDefined();
    expect(rest).toEqual(itemOf());
  });

  test('is not read under another fingerprint', () => {
    const item = withSnapshot(itemOf(), due({ sum: 1 }));
    expect(snapshotOf(item, 'another')).toBeUndefined();
    expect(isSnapshotIntact(item)).toBe(true);
  });

  test('of another commit is not read', () => {
    const { snapshot } = withSnapshot(itemOf('another'), due({ sum: 1 }));
    expect(snapshotOf({ ...itemOf(), snapshot: snapshot as string }, fingerprint)).toBeUndefined();
  });

  const broken: Readonly<Record<string, (text: string) => string | Uint8Array>> = {
    'empty text': () => '',
    'no bytes': () => new Uint8Array(),
    'bytes that are not compressed': (text) => Buffer.from(text),
    'compressed nonsense': () => deflateRawSync('nonsense'),
    'a compressed half': (text) => deflateRawSync(text).subarray(0, 20),
    'the seal alone': (text) => text.slice(0, 8),
    'another seal': (text) => `AAAAAAAA${text.slice(8)}`,
    'another state': (text) => text.replace('"sum":1', '"sum":2'),
    'something behind it': (text) => `${text} `,
    'JSON without a seal': () => '{}',
  };
  test.each(Object.entries(broken))('is not read where it is %s', (_, change) => {
    const item = withSnapshot(itemOf(), due({ sum: 1 }));
    const changed = { ...item, snapshot: change(item.snapshot as string) };
    expect(snapshotOf(changed, fingerprint)).toBeUndefined();
    expect(isSnapshotIntact(changed)).toBe(false);
  });
});

describe('a snapshot is taken', () => {
  test('where it costs no write unit, and where it would cost one, not yet', () => {
    for (let bytes = 0; bytes < 1100; bytes += 7) {
      const item = withSnapshot(itemOf(), due(noise(bytes), { commitsSince: cadence - 2 }));
      expect(unitsOf(item)).toBe(unitsOf(itemOf()));
      if (bytes < 500) expect(item.snapshot).toBeDefined();
      if (bytes > 1000) expect(item.snapshot).toBeUndefined();
    }
  });
  test.each([
    [cadence - 2, 2000, 0, false],
    [cadence - 1, 2000, 0, true],
    [cadence - 1, 8000, 0, true],
    [cadence - 1, 30_000, 2000, false],
    [cadence - 1, 30_000, 30_000, true],
    [cadence - 1, 30_000, 20_000, false],
    [1000, 30_000, 10_000, false],
  ])('%d commits after the last one, with a state of %d bytes and %d bytes since: %s', (commitsSince, bytes, bytesSince, isTaken) => {
    const { snapshot } = withSnapshot(itemOf(), due(noise(bytes), { commitsSince, bytesSince }));
    expect(snapshot !== undefined).toBe(isTaken);
  });
  test('compressed, where that saves a unit', () => {
    expect(withSnapshot(itemOf(), due('x'.repeat(3000), { commitsSince: cadence })).snapshot).toBeInstanceOf(Uint8Array);
  });
  test('compressed into what is left of a unit, but only where the last one is not near', () => {
    const at = (commitsSince: number) => withSnapshot(itemOf(), due('x'.repeat(1500), { commitsSince }));
    expect(at(cadence / 2 - 1).snapshot).toBeUndefined();
    expect(at(cadence / 2).snapshot).toBeInstanceOf(Uint8Array);
    expect(unitsOf(at(cadence / 2))).toBe(unitsOf(itemOf()));
  });
  test('never so that the commit gets too large', () => {
    const item = itemOf(noise(500_000)); // 375 KB compressed.
    const full = withSnapshot(item, due(noise(100_000), { commitsSince: 1000, bytesSince: 1_000_000 }));
    expect(full.snapshot).toBeUndefined();
    expect(itemBytes(full)).toBeLessThanOrEqual(maxItemBytes);
  });
});

test('a snapshot of other code, met in the place of the next commit, does not count: the next one is due as if it were not there', async () => {
  const { log, items } = openLog();
  const [stream, store] = [newStream(), eventStore(log, () => new Date())];
  const folded = { fingerprint, state: noise(2000) }; // Costs write units, so it is taken only where it is due.
  let { tail } = { tail: store.begin(stream) };
  const append = async (by: string, state: unknown) => {
    const outcome = await store.append(tail, request(anyCommand), { events: added(1), folded: { fingerprint: by, state } });
    tail = outcome.tail;
    return outcome.won;
  };
  for (let commits = 1; commits < cadence - 1; commits++) expect(await append(fingerprint, folded.state)).toBe(true);
  const before = tail;
  expect(await append('other code', null)).toBe(true);
  expect(items(streamName(stream)).map(({ snapshot }) => snapshot !== undefined)).toEqual([...Array(cadence - 2).fill(false), true]);
  tail = before;
  expect([await append(fingerprint, folded.state), await append(fingerprint, folded.state)]).toEqual([false, true]);
  expect(snapshotOf(items(streamName(stream)).at(-1) as CommitItem, fingerprint)).toMatchObject({ state: folded.state });
});

describe('a snapshot that cannot be read', () => {
  const lived = async (decider: AnyDecider, commits: number) => {
    const { log, items, replace, calls } = openLog();
    const [stream, store] = [newStream(), eventStore(log, () => new Date())];
    for (let index = 0; index < commits; index++) await handlerOn(store)(decider, stream, request(add(1)));
    return { stream, store, calls, replace, items: () => items(streamName(stream)) };
  };
  test('is written anew by the next commit, and the load after it is one query again', async () => {
    const { stream, store, calls, items } = await lived(tally, 100);
    const next = { ...tally, revision: 2 };
    const folding = foldingOf(next);
    expect((await store.load(stream, folding, 'strong')).state).toEqual({ sum: 100, isClosed: false });
    await handlerOn(store)(next, stream, request(add(1)));
    expect(snapshotOf(items().at(-1) as CommitItem, folding.fingerprint)).toMatchObject({ state: { sum: 101 } });
    calls.query = 0;
    expect((await store.load(stream, folding, 'strong')).state.sum).toBe(101);
    expect(calls.query).toBe(1);
  });

  test('because the fold has another revision is not read', async () => {
    const { stream, store } = await lived(tally, 3);
    const twice = {
      ...tally,
      evolve: {
        ...tally.evolve,
        Added: (state: { sum: number }, { amount }: { amount: number }) => ({ ...state, sum: state.sum + 2 * amount }),
      },
    };
    const sumOf = async (decider: object) => (await store.load(stream, foldingOf(decider as AnyDecider), 'strong')).state.sum;
    expect([await sumOf({ ...twice, revision: 2 }), await sumOf({ ...tally, revision: 1 }), await sumOf(tally)]).toEqual([6, 3, 3]);
  });

  test('because the state has another shape is not read', async () => {
    const { stream, store } = await lived(tally, 3);
    const changed = {
      ...tally,
      initialState: () => ({ total: 0 }),
      evolve: { Added: (state: { total: number }, { amount }: { amount: number }) => ({ total: state.total + amount }) },
    } as unknown as AnyDecider;
    expect((await store.load(stream, foldingOf(changed), 'strong')).state).toEqual({ total: 3 });
  });

  test('of which a byte was changed is passed over for the one before it', async () => {
    const { stream, store, replace, items } = await lived(tally, 10);
    for (const item of items().slice(-3)) replace({ ...item, snapshot: (item.snapshot as string).replace('"sum":', '"sum":9') });
    expect((await store.load(stream, foldingOf(tally), 'strong')).state).toEqual({ sum: 10, isClosed: false });
  });
});

test('a state that is large is loaded whole from its snapshot', async () => {
  const { log } = openLog();
  const [stream, store] = [newStream('pile'), eventStore(log, () => new Date())];
  const sheets = Array.from({ length: 60 }, (_, index) => noise(5000, index));
  for (const sheet of sheets) await handlerOn(store)(pile, stream, request(put(sheet)));
  expect((await store.load(stream, foldingOf(pile), 'strong')).state).toEqual({ sheets, times: 60 });
});
