import { describe, expect, test } from '@jest/globals';
import { fakeClock, fakeStream, record, recordsTo, sequence } from '../../test/local/fake-stream.ts';
import { type StreamRecord, sequenceNumber } from './record.ts';
import { gather } from './shard-reader.ts';

interface Setting {
  readonly batchSize?: number;
  readonly windowSeconds?: number;
  readonly matches?: (event: unknown) => boolean;
}

const reader = (records: StreamRecord[], setting: Setting = {}, isClosed = false) => {
  const time = fakeClock();
  const stopping = new AbortController();
  const { source } = fakeStream({ id: 's', records, isClosed });
  const cursor = source.open('s', undefined);
  const gathering = { batchSize: 100, windowSeconds: 0, matches: () => true, clock: time.clock, signal: stopping.signal, ...setting };
  return { ...time, stopping, next: () => gather(cursor, gathering) };
};

const numbers = (records: readonly StreamRecord[]) => records.map((one) => Number(sequenceNumber(one)));

describe('a batch is gathered', () => {
  test('at once, from the available records', async () => {
    const { next, waits } = reader(recordsTo(3));
    expect(await next()).toMatchObject({ upTo: sequence(3), isLast: false });
    expect(waits).toEqual([]);
  });

  test('up to its size', async () => {
    const { next } = reader(recordsTo(5), { batchSize: 2 });
    expect([numbers((await next()).records), numbers((await next()).records), numbers((await next()).records)]).toEqual([
      [1, 2],
      [3, 4],
      [5],
    ]);
  });

  test('over the window, which begins with the first record', async () => {
    const records = recordsTo(1);
    const { next, clock, waits } = reader(records, { windowSeconds: 2 });
    const before = clock.now();
    const gathered = next();
    await new Promise(setImmediate);
    records.push(record(2));
    expect(numbers((await gathered).records)).toEqual([1, 2]);
    expect(clock.now() - before).toBe(2_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(200);
  });

  test('before the window ends, if it is full', async () => {
    const { next, waits } = reader(recordsTo(2), { windowSeconds: 300, batchSize: 2 });
    expect(numbers((await next()).records)).toEqual([1, 2]);
    expect(waits).toEqual([]);
  });

  test('without records that the filter leaves out, which count as read', async () => {
    const isOdd = (event: unknown) => Number(sequenceNumber(event as StreamRecord)) % 2 === 1;
    const { next } = reader(recordsTo(4), { matches: isOdd });
    const { records, upTo } = await next();
    expect([numbers(records), upTo]).toEqual([[1, 3], sequence(4)]);
  });

  test('empty, if the filter leaves out every record, so that the reader moves on', async () => {
    const { next } = reader(recordsTo(4), { matches: () => false });
    expect(await next()).toEqual({ records: [], upTo: sequence(4), isLast: false });
  });

  test('with the information that the shard has ended', async () => {
    const { next } = reader(recordsTo(1), {}, true);
    expect(await next()).toMatchObject({ upTo: sequence(1), isLast: false });
    expect(await next()).toEqual({ records: [], upTo: undefined, isLast: true });
  });

  test('with growing pauses while no record comes, up to five times a second', async () => {
    const { next, waits, stopping } = reader([]);
    const gathered = next();
    while (waits.length < 10) await new Promise(setImmediate);
    stopping.abort();
    expect(await gathered).toEqual({ records: [], isLast: false });
    expect([waits[0], waits.at(-1)]).toEqual([20, 200]);
  });
});
