import { beforeEach, expect, test } from '@jest/globals';
import { memoryEventStore } from '../adapters/memory-event-store.ts';
import { memoryReadModels } from '../adapters/memory-read-models.ts';
import { interposed } from '../test/support/interposed-store.ts';
import { foldAll, readAtLeast, replaceRow } from '../test/support/projecting.ts';
import { filled } from '../test/support/requests.ts';
import { tallyTotal } from '../test/support/tally.ts';
import { type Commit, type EventStore, lastVersion } from './event-store.ts';
import { nothing } from './projection.ts';
import type { ReadModels } from './read-models.ts';
import type { Address } from './stream.ts';

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
