import type { Delivery } from './delivery.ts';
import type { StreamRecord } from './record.ts';

type InvokeBatch = Delivery['invoke'];

/** Random numbers from 0 up to 1; the same seed, the same numbers (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const often = 0.2;

/**
 * What a stream may lawfully do to a function, done often: records come twice, items change places, and a batch that was
 * done comes again. The changes of one item stay in their order, as DynamoDB promises.
 */
export const chaotic =
  (invoke: InvokeBatch, random: () => number): InvokeBatch =>
  async (records) => {
    const failed = new Set<StreamRecord>();
    const once = async () => {
      const order = shuffledByItem(
        records.flatMap((record) => (random() < often ? [record, record] : [record])),
        random,
      );
      const outcome = await invoke(order);
      for (const record of order.slice(outcome.failedFrom ?? order.length)) failed.add(record);
      return outcome;
    };
    let last = await once();
    if (failed.size === 0 && random() < often) last = await once();
    // Everything before the first record that failed is done, whatever the order was that they were delivered in.
    const failedFrom = records.findIndex((record) => failed.has(record));
    return { requestId: last.requestId, isError: last.isError, ...(failedFrom < 0 ? {} : { failedFrom }) };
  };

const shuffledByItem = (records: readonly StreamRecord[], random: () => number): readonly StreamRecord[] => {
  const itemOf = ({ dynamodb }: StreamRecord) => JSON.stringify(dynamodb.Keys);
  const inOrder = Map.groupBy(records, itemOf);
  const slots = records.map((record) => ({ item: itemOf(record), place: random() })).sort((a, b) => a.place - b.place);
  return slots.flatMap(({ item }) => inOrder.get(item)?.shift() ?? []);
};
