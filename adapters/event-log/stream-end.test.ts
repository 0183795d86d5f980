import { describe, expect, test } from '@jest/globals';
import { itemBytes } from '../aws/item-size.ts';
import { beginningOf, type CommitItem, toItem } from './commit-item.ts';
import { recallKey, withSnapshot } from './snapshot.ts';
import { advance, emptyEnd, endBytes, foldItem, fromSnapshot } from './stream-end.ts';

const at = '2026-01-01T09:00:00.000Z';
const itemOf = (commandId: string, note = ''): CommitItem =>
  toItem(
    beginningOf('tally-7'),
    { commandId, correlationId: commandId, causationId: commandId, command: { type: 'Add', data: {} } },
    { events: [1, 2].map((amount) => ({ type: 'Added', schema: 1, data: { amount, note } })) },
    at,
  );
const item = itemOf('k1');
const bytes = itemBytes(item);
const due = { fingerprint: 'f', state: '{"sum":3}', recalls: [{ key: 'abcde', version: 1 }], commitsSince: 0, bytesSince: 0 };
const withState = withSnapshot(item, due);
const folding = {
  fingerprint: 'f',
  initialState: () => 0,
  evolve: (sum: number, { events }: { events: readonly unknown[] }) => sum + events.length,
};
const end = { ...emptyEnd('tally-7'), commitsSince: 3, bytesSince: 1000, stateBytes: 50 };

test('the end of an empty stream', () => {
  expect(emptyEnd('tally-7')).toEqual({
    ...{ stream: 'tally-7', version: 0, at: '', hash: new Uint8Array(32) },
    ...{ remembered: [], commitsSince: 0, bytesSince: 0, stateBytes: 0 },
  });
});

describe('the end after one more commit', () => {
  test('is the last version of the commit, and counts the commit since the last snapshot', () => {
    expect(advance(end, item, false)).toEqual({
      ...{ stream: 'tally-7', version: 2, at, hash: item.hash },
      remembered: [{ key: recallKey('k1'), version: 1, item, itemBytes: bytes }],
      ...{ commitsSince: 4, bytesSince: 1000 + bytes, stateBytes: 50 + bytes },
    });
  });

  test('with a snapshot begins to count anew, and remembers the commit without the snapshot', () => {
    expect(withState.snapshot).toBeDefined();
    expect(advance(end, withState, true)).toMatchObject({
      ...{ commitsSince: 0, bytesSince: 0 },
      remembered: [{ version: 1, item, itemBytes: bytes }],
    });
    expect(advance(end, withState, true).remembered[0]?.item).not.toHaveProperty('snapshot');
  });

  test('remembers a commit of 4 KB itself, and of a larger one only the key', () => {
    const ofBytes = (total: number) => ({ ...item, events: 'x'.repeat(Buffer.byteLength(item.events) + total - bytes) });
    const rememberedOf = (total: number) => advance(end, ofBytes(total), false).remembered;
    expect(rememberedOf(4096)).toEqual([{ key: recallKey('k1'), version: 1, item: ofBytes(4096), itemBytes: 4096 }]);
    expect(rememberedOf(4097)).toEqual([{ key: recallKey('k1'), version: 1 }]);
  });

  test('remembers the newest 64 requests', () => {
    const remembered = Array.from({ length: 64 }, (_, version) => ({ key: 'abcde', version }));
    const after = advance({ ...end, remembered }, item, false).remembered;
    expect([after.length, after[0]?.version, after.at(-1)?.key]).toEqual([64, 1, recallKey('k1')]);
  });
});

describe('a fold', () => {
  test('of one more commit has the state and the end after it', () => {
    const folded = foldItem({ state: 5, end }, item, folding);
    expect(folded.state).toBe(7);
    expect(folded.end).toEqual(advance(end, item, false));
  });
  test('counts from a snapshot that it can read, and not from another', () => {
    expect(foldItem({ state: 5, end }, withState, folding).end.commitsSince).toBe(0);
    expect(foldItem({ state: 5, end }, withState, { ...folding, fingerprint: 'g' }).end.commitsSince).toBe(4);
  });
  test('starts from a snapshot, with the requests that it remembers', () => {
    const folded = fromSnapshot(withState, folding);
    expect(folded?.state).toEqual({ sum: 3 });
    expect(folded?.end).toMatchObject({ stream: 'tally-7', version: 2, at, commitsSince: 0, bytesSince: 0 });
    expect(folded?.end.remembered.map(({ key }) => key)).toEqual(['abcde', recallKey('k1')]);
  });
  test('does not start from a snapshot of other code, or from none', () => {
    expect(fromSnapshot(withState, { ...folding, fingerprint: 'g' })).toBeUndefined();
    expect(fromSnapshot(item, folding)).toBeUndefined();
  });
});

test('the memory of an end grows with its state, and with each request and the commit that is kept with it', () => {
  expect(endBytes(emptyEnd('tally-7'))).toBe(256);
  const remembered = [
    { key: 'abcde', version: 1 },
    { key: 'fghij', version: 2, item, itemBytes: 500 },
  ];
  expect(endBytes({ ...end, remembered })).toBe(256 + 50 + 64 + 64 + 500);
});
