import { expect, test } from '@jest/globals';
import { memoryPointers } from '../../adapters/read-models/memory-pointers.ts';
import { Unavailable } from '../basics/errors.ts';
import { changePointer, noPointer, type Pointer, type Pointers } from './pointers.ts';

const serving = (serves: number) => (pointer: Pointer) => ({ ...pointer, serves });

/** A store whose first writes find that another writer was first; `pauses` says after how many conflicts each wait came. */
const contested = (conflicts: number) => {
  const pauses: number[] = [];
  let left = conflicts;
  const stored = memoryPointers();
  const pointers: Pointers = { ...stored, write: async (pointer) => left-- <= 0 && stored.write(pointer) };
  return { pauses, store: { pointers, pause: async (count: number) => void pauses.push(count) } };
};

test('a projection without a record is at version 0', () =>
  expect(noPointer('tally-total')).toEqual({ projection: 'tally-total', version: 0, revisions: {} }));

test('a change is written as the next version', async () => {
  const { store, pauses } = contested(0);
  const changed = { projection: 'tally-total', version: 1, revisions: {}, serves: 3 };
  expect(await changePointer(store, 'tally-total', serving(3))).toEqual(changed);
  expect(await store.pointers.read('tally-total')).toEqual(changed);
  expect(await changePointer(store, 'tally-total', serving(4))).toEqual({ ...changed, version: 2, serves: 4 });
  expect(pauses).toEqual([]);
});

test('a decision that returns its pointer writes no record', async () => {
  const { store } = contested(0);
  const pointer = await changePointer(store, 'tally-total', serving(3));
  expect(await changePointer(store, 'tally-total', (known) => known)).toEqual(pointer);
  expect(await store.pointers.read('tally-total')).toEqual(pointer);
});

test('a writer that was not first waits, longer each time up to a limit, and decides again', async () => {
  const { store, pauses } = contested(9);
  expect(await changePointer(store, 'tally-total', serving(3))).toMatchObject({ version: 1, serves: 3 });
  expect(pauses).toEqual([0, 1, 2, 3, 4, 5, 6, 6, 6]);
});

test('a change succeeds at the twentieth try, and fails after it', async () => {
  expect(await changePointer(contested(19).store, 'tally-total', serving(3))).toMatchObject({ version: 1 });
  const { store, pauses } = contested(20);
  await expect(changePointer(store, 'tally-total', serving(3))).rejects.toThrow(
    new Unavailable('other writers changed the pointer of tally-total 20 times'),
  );
  expect(pauses).toHaveLength(20);
});
