import { hash as digest } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { noise } from '../../test/support/noise.ts';
import { itemBytes, maxItemBytes, writeUnits } from '../aws/item-size.ts';
import { beginningOf, type CommitItem, toItem } from './commit-item.ts';
import { isSnapshotIntact, recallKey, type SnapshotDue, snapshotOf, withSnapshot } from './snapshot.ts';

const itemOf = (note = ''): CommitItem =>
  toItem(
    beginningOf('tally-7'),
    { commandId: 'k1', correlationId: 'k1', causationId: 'k1', command: { type: 'Add', data: {} } },
    { events: [{ type: 'Added', schema: 1, data: { note } }] },
    '2026-01-01T09:00:00.000Z',
  );
const due = (state: string | undefined, more: Partial<SnapshotDue> = {}): SnapshotDue => ({
  ...{ fingerprint: 'f', state, recalls: [], commitsSince: 0, bytesSince: 0 },
  ...more,
});
const text = (bytes: number): string => JSON.stringify(noise(bytes));
const unitsOf = (item: CommitItem): number => writeUnits(itemBytes(item));

/** An item that leaves exactly so many bytes of its write unit for a snapshot, beside the name of the attribute and the seal. */
const leaving = (bytes: number): CommitItem => {
  const item = itemOf();
  const note = 'x'.repeat(1024 - bytes - 'snapshot'.length - 8 - itemBytes(item));
  return { ...item, events: `${item.events}${note}` };
};
const plainBytes = '["AAAAAAAA","",{}]'.length;

describe('a snapshot costs no write unit', () => {
  test('where it fits into the last KB to the byte', () => {
    expect(withSnapshot(leaving(plainBytes), due('{}')).snapshot).toMatch(/^.{8}\["[\w-]{8}","",\{\}\]$/);
    expect(itemBytes(withSnapshot(leaving(plainBytes), due('{}')))).toBe(1024);
    expect(withSnapshot(leaving(plainBytes - 1), due('{}')).snapshot).toBeUndefined();
  });

  test('compressed, where half of the way to the next one is behind', () => {
    const taken = (commitsSince: number) => withSnapshot(itemOf(), due(JSON.stringify('x'.repeat(2000)), { commitsSince }));
    expect(taken(3).snapshot).toBeUndefined();
    expect(taken(4).snapshot).toBeInstanceOf(Uint8Array);
    expect(unitsOf(taken(4))).toBe(1);
  });

  test('and is not compressed where that does not help', () => {
    expect(withSnapshot(itemOf(), due(text(1300), { commitsSince: 7 })).snapshot).toEqual(expect.any(String));
    expect(withSnapshot(itemOf(), due(text(1300), { commitsSince: 4 })).snapshot).toBeUndefined();
  });
});

describe('a snapshot that costs write units is taken', () => {
  test.each([
    ['at the 8th commit', 6, 2000, 0, false],
    ['at the 8th commit', 7, 2000, 0, true],
    ['where it costs more than 8 units, not yet', 7, 14_000, 0, false],
    ['after as many bytes of commits', 7, 14_000, 10_239, false],
    ['after as many bytes of commits', 7, 14_000, 10_240, true],
  ])('%s (%d since the last, %d bytes, %d bytes since)', (_, commitsSince, bytes, bytesSince, isTaken) => {
    const item = withSnapshot(itemOf(), due(text(bytes), { commitsSince, bytesSince }));
    expect(item.snapshot !== undefined).toBe(isTaken);
  });

  test('but not where the commit would be too large for an item', () => {
    const item = { ...itemOf(), events: noise(maxItemBytes - 1200) };
    const free = (bytes: number) => withSnapshot(item, due(JSON.stringify('é'.repeat(bytes)), { commitsSince: 7, bytesSince: 1e9 }));
    expect(free(100).snapshot).toBeDefined();
    const full = withSnapshot(item, due(text(3000), { commitsSince: 7, bytesSince: 1e9 }));
    expect(full.snapshot).toBeUndefined();
  });

  test('never of a state without JSON', () => {
    expect(withSnapshot(itemOf(), due(undefined, { commitsSince: 100, bytesSince: 1e9 }))).toEqual(itemOf());
  });
});

describe('the requests that a snapshot remembers', () => {
  const keyed = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ key: `k${String(index).padStart(4, '0')}`, version: index * 50 + 1 }));
  test('are read again with their versions', () => {
    const item = withSnapshot(itemOf(), due('1', { recalls: keyed(3), commitsSince: 7 }));
    expect(item.snapshot).toMatch(/"k00001,k00011e,k00021e"/);
    expect(snapshotOf(item, 'f')).toEqual({ state: 1, recalls: keyed(3) });
  });
  test('are the newest 64', () => {
    const item = withSnapshot(itemOf(), due('1', { recalls: keyed(70), commitsSince: 7 }));
    expect(snapshotOf(item, 'f')?.recalls).toEqual(keyed(70).slice(6));
  });
  test('have five characters of the hash of their id as a key', () => expect(recallKey('k1')).toBe('arnx6'));
});

describe('a snapshot is read', () => {
  const plain = withSnapshot(itemOf(), due('{"sum":1}'));
  const deflated = withSnapshot(itemOf(), due(JSON.stringify('x'.repeat(3000)), { commitsSince: 7 }));
  const changedIn = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

  test('as text and compressed', () => {
    expect([typeof plain.snapshot, deflated.snapshot instanceof Uint8Array]).toEqual(['string', true]);
    expect(snapshotOf(plain, 'f')).toEqual({ state: { sum: 1 }, recalls: [] });
    expect(snapshotOf(deflated, 'f')).toEqual({ state: 'x'.repeat(3000), recalls: [] });
    expect([plain, deflated, itemOf()].map(isSnapshotIntact)).toEqual([true, true, true]);
  });

  test('up to 32 MB of text; a larger one is neither written nor inflated, and its seal is still intact', () => {
    const largest = 'x'.repeat(32_000_000 - '["AAAAAAAA","",""]'.length);
    const most = withSnapshot(itemOf(), due(JSON.stringify(largest), { commitsSince: 7, bytesSince: 1e9 }));
    expect(snapshotOf(most, 'f')?.state === largest).toBe(true);
    const more = withSnapshot(itemOf(), due(JSON.stringify(`${largest}x`), { commitsSince: 7, bytesSince: 1e9 }));
    expect(more.snapshot).toBeUndefined();

    const { hash } = itemOf();
    const content = deflateRawSync(`["AAAAAAAA","",${JSON.stringify(`${largest}x`)}]`);
    const seal = digest('sha256', Buffer.concat([hash, Buffer.from('object'), content]), 'base64url').slice(0, 8);
    const old = { ...itemOf(), snapshot: Buffer.concat([Buffer.from(seal), content]) };
    expect(snapshotOf(old, 'f')).toBeUndefined();
    expect(isSnapshotIntact(old)).toBe(true);
  });

  test('never under another fingerprint, nor where there is none', () => {
    expect([snapshotOf(plain, 'g'), snapshotOf(deflated, 'g'), snapshotOf(itemOf(), 'f')]).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ['a changed seal', { ...plain, snapshot: `~${String(plain.snapshot).slice(1)}` }],
    ['a changed state', { ...plain, snapshot: String(plain.snapshot).replace('"sum":1', '"sum":2') }],
    ['the bytes of the text', { ...plain, snapshot: Buffer.from(String(plain.snapshot)) }],
    ['a changed seal before bytes', { ...deflated, snapshot: changedIn(deflated.snapshot as Uint8Array, 7) }],
    ['a changed byte', { ...deflated, snapshot: changedIn(deflated.snapshot as Uint8Array, 8) }],
    ['another commit', { ...plain, hash: itemOf('another').hash }],
    ['another commit, compressed', { ...deflated, hash: itemOf('another').hash }],
  ])('never with %s', (_, item) => {
    expect(snapshotOf(item, 'f')).toBeUndefined();
    expect(isSnapshotIntact(item)).toBe(false);
  });
});
