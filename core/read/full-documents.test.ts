import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { deliveriesOf } from '../../test/support/projecting.ts';
import { noted, notes, poison, totals, writeMore } from '../../test/support/read-notes.ts';
import { deliver, memoryStores, parkedIn, rowOf } from '../../test/support/read-taps.ts';
import { newStream } from '../../test/support/requests.ts';
import { eventId } from '../basics/stream.ts';
import type { AnyProjection } from './projection.ts';

/** A document of one stream that each event makes longer by its amount. */
const growing: AnyProjection = {
  ...totals,
  document: z.object({ text: z.string() }),
  indexes: {},
  initialState: () => ({ text: '' }),
  evolve: {
    Added: ({ text }, { amount }) => {
      if (amount === poison) throw new RangeError('cannot be added');
      return { text: text + 'x'.repeat(amount) };
    },
  },
};
const shrunk: AnyProjection = { ...growing, evolve: { Added: (_, { amount }) => ({ text: String(amount) }) } };

describe('a document of one stream that is nearly full', () => {
  /** A document that such events were delivered to, one by one. */
  const grownBy = async (...amounts: readonly number[]) => {
    const stores = memoryStores();
    const stream = newStream();
    let tail = stores.eventStore.begin(stream);
    for (const amount of amounts) {
      const more = await writeMore(stores.eventStore, tail, [noted(amount)]);
      tail = more.tail;
      await deliver(stores, growing, deliveriesOf(more.commits));
    }
    return { stream, stores, row: await rowOf(stores, growing, stream.id), parked: await parkedIn(stores, growing) };
  };

  test('is parked at the event that has no room, however small the steps, and goes on where room is made', async () => {
    const { stream, stores, row, parked } = await grownBy(395_000, ...Array<number>(300).fill(60));
    expect(row.version).toBeGreaterThan(1);
    expect(parked).toMatchObject([{ eventId: eventId(stream, row.version + 1), error: expect.stringContaining('bytes') }]);
    await deliver(stores, shrunk, [{ stream, commits: [] }], { retryParked: true });
    expect(await rowOf(stores, shrunk, stream.id)).toMatchObject({ version: 301, document: { text: '60' } });
    expect(await parkedIn(stores, growing)).toEqual([]);
  });

  test('is parked at poison, however large it is', async () => {
    for (let size = 395_000; size < 410_000; size += 450) {
      const { stream, parked } = await grownBy(size, poison);
      expect(parked).toMatchObject([{ eventId: expect.stringContaining(stream.id) }]);
    }
  });
});

test.each([
  ['one stream', totals],
  ['many streams', notes],
])('of an error that is longer than a row can be, the beginning is kept: documents of %s', async (_, projection) => {
  const stores = memoryStores();
  const long: AnyProjection = {
    ...projection,
    evolve: {
      Added: () => {
        throw new Error('long '.repeat(100_000));
      },
    },
  };
  const { commits } = await writeMore(stores.eventStore, stores.eventStore.begin(newStream()), [noted(1, 'a')]);
  await deliver(stores, long, deliveriesOf(commits));
  const [fault] = await parkedIn(stores, projection);
  expect(fault?.error).toMatch(/^Error: long long/);
  expect(fault?.error.length).toBeLessThanOrEqual(1000);
});
