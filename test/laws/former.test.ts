import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Address, streamName } from '../../core/basics/stream.ts';
import { type Commit, lastVersion, type StoredEvent } from '../../core/log/event-store.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { projector } from '../../core/read/projector.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { fold, foldingOf } from '../../core/write/decider.ts';
import { events, expected, history, order, stored, sums } from '../former/orders.ts';
import { deliveriesOf } from '../support/projecting.ts';
import { memoryStores, rowOf, tapped } from '../support/read-taps.ts';
import { append, loadAll, newStream } from '../support/requests.ts';
import { runs } from '../support/runs.ts';

const name = fc.constantFrom('ada', 'ben');
const cents = fc.integer({ min: 1, max: 99 });
const anyEvent: fc.Arbitrary<StoredEvent> = fc.oneof(
  fc.record({ customer: name, cents }).map((data) => stored('OrderReceived', data)),
  fc.record({ customerId: name, cents }).map((data) => stored('OrderPlaced', data)),
  fc
    .record({ customerId: name, products: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }) })
    .map((data) => stored('OrderAccepted', data)),
  fc.record({ customerId: name }).map((data) => stored('OrderAccepted', data, 2)),
  fc.record({ cents }).map((data) => stored('PriceAgreed', data)),
  fc.constantFrom(stored('OrderViewed', {}), stored('OrderClosed', {})),
);
const anyHistory = fc.array(fc.array(anyEvent, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 });

const recording = async ({ eventStore }: ProjectionPorts, stream: Address, all: readonly (readonly StoredEvent[])[]) => {
  let tail = eventStore.begin(stream);
  for (const one of all) tail = (await append(eventStore, tail, one)).tail;
  return (await loadAll(eventStore, stream)).commits;
};

/** What the parts of a history are, with their ids, by hand. */
const partsOf = (stream: Address, all: readonly (readonly StoredEvent[])[]) =>
  all.flat().flatMap((event, index) =>
    expected(event).map(({ id, type, data }) => ({
      type,
      data,
      metadata: { eventId: `${streamName(stream)}@${index + 1}${id}`, version: index + 1 },
    })),
  );

test('law: a history of renamed, split and dropped events is that of its parts, for every reader of a stream', async () => {
  const law = fc.asyncProperty(anyHistory, async (all) => {
    const [stores, stream] = [memoryStores(), newStream('order')];
    const commits = await recording(stores, stream, all);
    const parts = partsOf(stream, all);
    expect(commits.flatMap((commit) => fromStored(events, commit))).toMatchObject(parts);
    const now = fold(order, parts as never);
    expect((await stores.eventStore.load(stream, foldingOf(order), 'strong')).state).toEqual(now);
    for (const version of [0, 1, all.flat().length]) {
      const { state, version: at } = await stores.eventStore.past(stream, foldingOf(order), { version });
      expect(at).toBe(version);
      expect(state).toEqual(fold(order, parts.filter(({ metadata }) => metadata.version <= version) as never));
    }
  });
  await fc.assert(law, runs(150));
});

const deaths = fc.array(
  fc.record({ picks: fc.array(fc.nat(50), { maxLength: 8 }), atWrite: fc.integer({ min: 1, max: 4 }), isExecuted: fc.boolean() }),
  {
    maxLength: 4,
  },
);

class Dead extends Error {}

const dying = (stores: ProjectionPorts, atWrite: number, isExecuted: boolean): ProjectionPorts => {
  let writes = 0;
  return tapped(stores, async (call, act) => {
    if (call === 'write') writes += 1;
    if (writes < atWrite) return act();
    if (writes === atWrite && call === 'write' && isExecuted) await act();
    throw new Dead();
  });
};

const keysOfSums = ['OrderAccepted', 'PriceAgreed', 'product-a', 'product-b', 'product-c'];

/** The documents hold the parts of the stored events up to the checkpoints: of no event a part without the others. */
const check = async (stores: ProjectionPorts, streams: readonly Address[], histories: readonly (readonly (readonly StoredEvent[])[])[]) => {
  const counts: Record<string, number> = {};
  for (const [index, stream] of streams.entries()) {
    const all = partsOf(stream, histories[index] as never);
    const { version } = await rowOf(stores, sums, progressKey(sums, stream));
    for (const { type, data } of all.filter(({ metadata }) => metadata.version <= version)) {
      const key = type === 'LineAdded' ? `product-${(data as { product: string }).product}` : type;
      counts[key] = (counts[key] ?? 0) + (type === 'PriceAgreed' ? (data as { cents: number }).cents : 1);
    }
    const row = await rowOf(stores, history, stream.id);
    const ids = all
      .filter((part) => part.type !== 'OrderClosed' && part.metadata.version <= row.version)
      .map((part) => part.metadata.eventId);
    expect(row.document?.['ids'] ?? []).toEqual(ids);
  }
  for (const key of keysOfSums) expect([key, (await rowOf(stores, sums, key)).document?.['count'] ?? 0]).toEqual([key, counts[key] ?? 0]);
};

test('law: documents hold all parts of an event or none, wherever the projector dies and whatever is delivered twice or late', async () => {
  const law = fc.asyncProperty(fc.tuple(anyHistory, anyHistory), deaths, async (histories, all) => {
    const stores = memoryStores();
    const streams = [newStream('order'), newStream('order')];
    const commits: Commit[] = [];
    for (const [index, stream] of streams.entries()) commits.push(...(await recording(stores, stream, histories[index] as never)));
    for (const { picks, atWrite, isExecuted } of all) {
      const batch = picks.map((pick) => commits[pick % commits.length] as Commit);
      await projector(dying(stores, atWrite, isExecuted), () => [history, sums])(deliveriesOf(batch));
      await check(stores, streams, histories);
    }
    const failed = await projector(stores, () => [history, sums])(deliveriesOf([...commits, ...commits].reverse()));
    expect([...failed.values()]).toEqual([]);
    await check(stores, streams, histories);
    for (const stream of streams) {
      const end = lastVersion(commits.findLast((commit) => commit.stream.id === stream.id) as Commit);
      expect([(await rowOf(stores, sums, progressKey(sums, stream))).version, (await rowOf(stores, history, stream.id)).version]).toEqual([
        end,
        end,
      ]);
    }
  });
  await fc.assert(law, runs(120));
});
