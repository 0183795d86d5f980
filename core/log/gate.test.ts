import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { interposed } from '../../test/support/interposed-store.ts';
import { filled } from '../../test/support/requests.ts';
import type { Address } from '../basics/stream.ts';
import type { Commit, EventStore } from './event-store.ts';
import { gate } from './gate.ts';

let eventStore: EventStore;
let stream: Address;
let commits: readonly Commit[];
beforeEach(async () => {
  eventStore = memoryEventStore(() => new Date());
  ({ stream, commits } = await filled(eventStore, 2, 1, 3, 1)); // They begin at the versions 1, 3, 4 and 7.
});

const pick = (which: readonly number[]) => which.map((index) => commits[index] as Commit);

// At a version, when these commits come (numbers count them from 0), those pass, and the log is read or not.
const table: Readonly<Record<string, { at: number; come: readonly number[]; pass: readonly number[]; reads: number }>> = {
  'what follows passes': { at: 0, come: [0, 1, 2, 3], pass: [0, 1, 2, 3], reads: 0 },
  'what follows passes, from the middle on': { at: 3, come: [2, 3], pass: [2, 3], reads: 0 },
  'what came before is dropped': { at: 3, come: [0, 1], pass: [], reads: 0 },
  'the last one again is dropped': { at: 7, come: [3], pass: [], reads: 0 },
  'of old and new the new pass': { at: 3, come: [0, 1, 2], pass: [2], reads: 0 },
  'what comes twice passes once': { at: 2, come: [1, 1, 2, 2, 1], pass: [1, 2], reads: 0 },
  'what comes in any order passes in order': { at: 0, come: [3, 1, 0, 2], pass: [0, 1, 2, 3], reads: 0 },
  'a gap before what came is read': { at: 2, come: [3], pass: [1, 2, 3], reads: 1 },
  'a gap within what came is read, and nothing beyond what came': { at: 0, come: [0, 2], pass: [0, 1, 2], reads: 1 },
  'a gap behind old ones is read': { at: 3, come: [0, 1, 3], pass: [2, 3], reads: 1 },
  'a commit that the follower has in part passes again': { at: 1, come: [0, 1], pass: [0, 1], reads: 0 },
  'a commit that the follower has in part passes, from the middle on': { at: 5, come: [1, 2, 3], pass: [2, 3], reads: 0 },
  'a commit that the follower has in part is read if a later one came': { at: 4, come: [3], pass: [2, 3], reads: 1 },
  'a commit that the follower has in part is read where nothing came': { at: 5, come: [], pass: [2, 3], reads: 1 },
  'where nothing came, all is read': { at: 0, come: [], pass: [0, 1, 2, 3], reads: 1 },
  'where nothing came, what follows is read': { at: 3, come: [], pass: [2, 3], reads: 1 },
  'where nothing came and nothing follows, nothing passes': { at: 7, come: [], pass: [], reads: 1 },
};

test.each(Object.entries(table))('%s', async (_, { at, come, pass, reads }) => {
  const { store, calls } = interposed(eventStore);
  expect(await gate({ eventStore: store }, { stream, commits: pick(come) }).after(at)).toEqual(pick(pass));
  expect(calls).toEqual(Array<string>(reads).fill('read'));
});

test('what is delivered is left as it is', async () => {
  const delivered = pick([3, 1, 1, 0, 2]);
  await gate({ eventStore }, { stream, commits: Object.freeze(delivered) }).after(0);
  expect(delivered).toEqual(pick([3, 1, 1, 0, 2]));
});

test('a gap of any length is read page by page', async () => {
  const long = await filled(eventStore, ...Array<number>(1234).fill(1));
  const delivery = { stream: long.stream, commits: long.commits.slice(-1) };
  const passed: Commit[] = [];
  for (let page = 1; page <= 3; page++) passed.push(...(await gate({ eventStore }, delivery).after(passed.length)));
  expect(passed).toEqual(long.commits);
  expect(await gate({ eventStore }, delivery).after(passed.length)).toEqual([]);
});

describe('a log that does not hold what was delivered', () => {
  test.each([
    ['nothing at all', []],
    ['the page before', [0]],
  ])('is an error that names the stream: %s', async (_, held) => {
    const lost: EventStore = {
      ...eventStore,
      read: async (__, { from }) => ({ commits: pick(held).filter(({ version }) => version >= from) }),
    };
    await expect(gate({ eventStore: lost }, { stream, commits: pick([3]) }).after(2)).rejects.toThrow(new RegExp(`${stream.id}.*\\b3\\b`));
  });

  test('is one that fails: its error is passed on', async () => {
    const down: EventStore = { ...eventStore, read: async () => Promise.reject(new Error('down')) };
    await expect(gate({ eventStore: down }, { stream, commits: pick([3]) }).after(2)).rejects.toThrow('down');
  });
});

describe('an observer of the gate counts', () => {
  const observed = (come: readonly number[]) => {
    const seen: (number | 'gap')[] = [];
    const gateObserver = { duplicates: (count: number) => void seen.push(count), gap: () => void seen.push('gap') };
    return { seen, open: gate({ eventStore, gateObserver }, { stream, commits: pick(come) }) };
  };

  // When these commits come and the follower is read at these versions, one after the other, these duplicates are counted.
  const duplicates: Readonly<Record<string, { come: readonly number[]; readAt: readonly number[]; counted: readonly number[] }>> = {
    'no duplicate among new commits': { come: [0, 1, 2, 3], readAt: [0], counted: [] },
    'a commit that comes twice in one delivery': { come: [0, 1, 1, 1], readAt: [0], counted: [2] },
    'the commits up to the version of the follower': { come: [0, 1, 2], readAt: [3], counted: [2] },
    'a commit once when the follower is read again': { come: [0, 1, 2], readAt: [3, 3], counted: [2] },
    'no commit that the follower has in part': { come: [0, 1, 2], readAt: [4, 5, 6], counted: [2, 1] },
    'what another delivery applied meanwhile': { come: [0, 1, 2], readAt: [3, 6], counted: [2, 1] },
    'no commit again after an older read': { come: [0, 1, 2], readAt: [7, 3, 7], counted: [3] },
  };
  test.each(Object.entries(duplicates))('%s', (_, { come, readAt, counted }) => {
    const { seen, open } = observed(come);
    for (const version of readAt) open.readAt(version);
    expect(seen).toEqual(counted);
  });

  test.each([
    ['a gap that is read', [3], ['gap']],
    ['no gap where each commit follows', [2, 3], []],
    ['no gap where no commit came and the log is read', [], []],
  ])('%s', async (_, come, counted) => {
    const { seen, open } = observed(come);
    await open.after(3);
    expect(seen).toEqual(counted);
  });
});
