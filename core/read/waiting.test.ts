import { beforeEach, describe, expect, test } from '@jest/globals';
import { deliveriesOf } from '../../test/support/projecting.ts';
import { noted, notes, writeMore, written } from '../../test/support/read-notes.ts';
import { deliver, memoryStores, parkedIn, rowOf } from '../../test/support/read-taps.ts';
import { errorOf, newStream } from '../../test/support/requests.ts';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import { NewerRelease } from '../basics/errors.ts';
import { eventId, streamName } from '../basics/stream.ts';
import type { Commit, StoredEvent } from '../log/event-store.ts';
import type { Knows } from '../log/newer-release.ts';
import { documentReader } from './document-reader.ts';
import type { ProjectionPorts } from './ports.ts';
import type { AnyProjection } from './projection.ts';
import { project, projector } from './projector.ts';
import { progressKey } from './read-models.ts';
import { wake } from './waiting.ts';

// A newer release has recorded an event that this code does not know. `older` is the code after the rollback, `newer` that release.

const archived: StoredEvent = { type: 'Archived', schema: 1, data: {} };
const knowsOnly =
  (...types: readonly string[]): Knows =>
  (needs) =>
    'type' in needs && types.includes(needs.type);
const time = '2026-05-04T03:02:01.000Z';
const later = new Date('2027-01-01T00:00:00.000Z');

let older: ProjectionPorts;
let newer: ProjectionPorts;
let held: Awaited<ReturnType<typeof written>>;
beforeEach(async () => {
  const stores = { ...memoryStores(), now: () => new Date(time) };
  older = { ...stores, knows: knowsOnly('Added', 'Cleared', 'Closed') };
  newer = { ...stores, knows: knowsOnly('Added', 'Cleared', 'Closed', 'Archived') };
  held = await written(stores.eventStore, [noted(1, 'a')], [noted(2, 'a'), archived], [noted(4, 'a')]);
});

describe.each<readonly [string, AnyProjection]>([
  ['a document of one stream', tallyTotal],
  ['documents of many streams', notes],
])('%s', (_, projection) => {
  const row = () => rowOf(older, projection, progressKey(projection, held.stream));
  const sum = async () => (await rowOf(older, projection, projection.key === undefined ? held.stream.id : 'a')).document?.['sum'];
  const all = (stores: ProjectionPorts, commits: readonly Commit[] = held.commits) => deliver(stores, projection, deliveriesOf(commits));
  const waken = (stores: ProjectionPorts, until = later) =>
    wake({ stores, followers: [projection], bringUp: (deliveries) => project(stores, projection, deliveries), until });

  test('waits before the commit with the event, although it has no row for it, and says what it needs', async () => {
    await all(older);
    expect(await row()).toMatchObject({
      version: 1,
      parked: { stream: streamName(held.stream), eventId: eventId(held.stream, 3), parkedAt: time, needs: { type: 'Archived', schema: 1 } },
    });
    expect(await sum()).toBe(1);
  });

  test('does not keep another stream from going on', async () => {
    const free = await written(older.eventStore, [noted(8, 'b')]);
    await all(older, [...held.commits, ...free.commits]);
    expect(await rowOf(older, projection, progressKey(projection, free.stream))).toMatchObject({ version: 1 });
  });

  test('goes on at the next event after a release that knows it is deployed, and not before', async () => {
    await all(older);
    await all(older, held.commits.slice(2));
    expect((await row()).version).toBe(1);
    await all(newer, held.commits.slice(2));
    expect(await row()).toEqual(expect.not.objectContaining({ parked: expect.anything() }));
    expect((await row()).version).toBe(4);
    expect(await sum()).toBe(7);
  });

  test('goes on without a further event when it is reminded', async () => {
    await all(older);
    expect((await waken(older)).streams).toBe(0);
    expect((await row()).version).toBe(1);
    expect(await waken(newer)).toEqual({ streams: 1, failed: new Map() });
    expect((await row()).version).toBe(4);
    expect(await sum()).toBe(7);
    expect(await parkedIn(newer, projection)).toEqual([]);
    expect((await waken(newer)).streams).toBe(0);
  });

  test('stops when the time is up, and goes on at the next reminder', async () => {
    await all(older);
    expect((await waken(newer, new Date(time))).streams).toBe(0);
    expect((await waken(newer)).streams).toBe(1);
  });

  test('a reminder tells which stream failed', async () => {
    await all(older);
    const lost = new Error('lost');
    const bringUp = async () => new Map([[streamName(held.stream), lost]]);
    expect((await wake({ stores: newer, followers: [projection], bringUp, until: later })).failed.get(streamName(held.stream))).toBe(lost);
  });

  test('poison of another kind is not touched by a reminder', async () => {
    const bad = await written(older.eventStore, [{ type: 'Added', schema: 1, data: { amount: 'much' } }]);
    await all(older, bad.commits);
    expect(await parkedIn(older, projection)).toHaveLength(1);
    expect((await waken(newer)).streams).toBe(0);
  });

  test('an operator can have it tried again, and it waits on', async () => {
    await all(older);
    await deliver(older, projection, [{ stream: held.stream, commits: [] }], { retryParked: true });
    expect((await row()).parked?.needs).toEqual({ type: 'Archived', schema: 1 });
  });

  test('Read-After of a later event is answered with the event of the newer release', async () => {
    await all(older);
    const read = (stores: ProjectionPorts, version: number) =>
      documentReader({ ...stores, pause: async () => {} })({
        ...{ projection, key: projection.key === undefined ? held.stream.id : 'a', waitSeconds: 0 },
        after: [{ stream: held.stream, version }],
      });
    const error = await errorOf(read(older, 4));
    expect(error).toBeInstanceOf(NewerRelease);
    expect(error).toMatchObject({ details: { event: eventId(held.stream, 3), eventType: 'Archived', schema: 1 } });
    expect((await read(older, 1)).document).toMatchObject({ sum: 1 });
    if (projection.key === undefined) expect((await read(newer, 4)).document).toMatchObject({ sum: 7 });
  });

  test('a schema version that the code does not know is waited for as well', async () => {
    const wider = await written(older.eventStore, [{ type: 'Added', schema: 2, data: { cents: 1 } }]);
    const knows: Knows = (needs) => 'type' in needs && needs.schema < 2;
    await all({ ...older, knows }, wider.commits);
    const { parked } = await rowOf(older, projection, progressKey(projection, wider.stream));
    expect(parked?.needs).toEqual({ type: 'Added', schema: 2 });
  });
});

test('Read-After folds up to the event of a newer release, before the projector has come to it', async () => {
  const read = (version: number) =>
    documentReader(older)({ projection: tallyTotal, key: held.stream.id, after: [{ stream: held.stream, version }], waitSeconds: 0 });
  expect((await read(1)).document).toMatchObject({ sum: 1 });
  expect(await errorOf(read(3))).toBeInstanceOf(NewerRelease);
});

test('the revisions of a projection wait and go on together', async () => {
  const second: AnyProjection = { ...tallyTotal, revision: 2 };
  const feed = (stores: ProjectionPorts) =>
    projector(
      stores,
      (aggregate) => (aggregate === tally.name ? [tallyTotal, second] : []),
      async () => 1,
    );
  const versions = async () => Promise.all([tallyTotal, second].map(async (one) => (await rowOf(older, one, held.stream.id)).version));
  await feed(older)(deliveriesOf(held.commits));
  expect(await versions()).toEqual([1, 1]);
  await wake({ stores: newer, followers: [tallyTotal, second], bringUp: feed(newer), until: later });
  expect(await versions()).toEqual([4, 4]);
});

test('more waiting streams than one page has are all found', async () => {
  const many = Array.from({ length: 120 }, () => newStream());
  for (const stream of many) {
    const { commits } = await writeMore(older.eventStore, older.eventStore.begin(stream), [archived]);
    await deliver(older, tallyTotal, deliveriesOf(commits));
  }
  const bringUp = (deliveries: Parameters<typeof project>[2]) => project(newer, tallyTotal, deliveries);
  expect((await wake({ stores: newer, followers: [tallyTotal], bringUp, until: later })).streams).toBe(120);
  expect(await parkedIn(newer, tallyTotal)).toEqual([]);
});
