import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fakeClock, record, recordsTo, sequence } from '../../test/local/fake-stream.ts';
import type { BatchOutcome } from './batch-response.ts';
import { type Discarded, deliver, type RetryPolicy } from './delivery.ts';
import { type StreamRecord, sequenceNumber } from './record.ts';

type Answer = (numbers: readonly number[], call: number) => Pick<BatchOutcome, 'failedFrom'>;

const numberOf = (one: StreamRecord): number => Number(sequenceNumber(one));

/** Delivers the batch to a function that answers as told; reports what it got, what was done and what was given up. */
const run = async (
  batch: readonly StreamRecord[],
  answer: Answer,
  policy: Partial<RetryPolicy> = {},
  stopAfter = Number.POSITIVE_INFINITY,
) => {
  const { clock, waits } = fakeClock();
  const stopping = new AbortController();
  const calls: number[][] = [];
  const checkpoints: number[] = [];
  const discarded: Discarded[] = [];
  await deliver(batch, {
    policy: { maximumRetryAttempts: -1, maximumRecordAgeSeconds: -1, bisect: false, ...policy },
    signal: stopping.signal,
    clock,
    invoke: async (records) => {
      calls.push(records.map(numberOf));
      if (calls.length > 500) throw new Error('it goes on for ever');
      if (calls.length === stopAfter) stopping.abort();
      return { requestId: 'r', isError: true, ...answer(records.map(numberOf), calls.length) };
    },
    discard: async (given) => void discarded.push(given),
    done: async (number) => void checkpoints.push(Number(number)),
  });
  return { calls, checkpoints, waits, discarded, given: discarded.map(({ records }) => records.map(numberOf)) };
};

const success = {};
const failure = { failedFrom: 0 };
/** A function that reports the first of the poisoned records, and has done everything before it. */
const reports =
  (...poison: number[]): Answer =>
  (numbers) => {
    const failedFrom = numbers.findIndex((number) => poison.includes(number));
    return failedFrom < 0 ? success : { failedFrom };
  };
/** A function that throws if there is a poisoned record in its batch. */
const throws =
  (...poison: number[]): Answer =>
  (numbers) =>
    numbers.some((number) => poison.includes(number)) ? failure : success;

describe('a batch', () => {
  test('that succeeds is done up to its last record', async () => {
    const { calls, checkpoints, waits } = await run(recordsTo(3), () => success);
    expect({ calls, checkpoints, waits }).toEqual({ calls: [[1, 2, 3]], checkpoints: [3], waits: [] });
  });

  test('that fails is tried again, as a whole', async () => {
    const { calls, checkpoints } = await run(recordsTo(2), (_, call) => (call < 3 ? failure : success));
    expect({ calls, checkpoints }).toEqual({
      calls: [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      checkpoints: [2],
    });
  });

  test('is tried again after growing pauses, up to a limit', async () => {
    const { waits } = await run(recordsTo(1), (_, call) => (call <= 10 ? failure : success));
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
  });

  test('that reports a failure is tried again from the failed record on', async () => {
    const { calls, checkpoints } = await run(recordsTo(5), (_, call) => (call === 1 ? { failedFrom: 2 } : success));
    expect({ calls, checkpoints }).toEqual({
      calls: [
        [1, 2, 3, 4, 5],
        [3, 4, 5],
      ],
      checkpoints: [2, 5],
    });
  });

  test('without records is not delivered', async () => expect((await run([], () => failure)).calls).toEqual([]));

  test('larger than 6 MB is delivered in parts', async () => {
    const big = recordsTo(5).map((one) => ({ ...one, eventID: 'x'.repeat(2_500_000) }));
    expect((await run(big, () => success)).calls).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('is not given up when the system stops', async () => {
    const { calls, checkpoints } = await run(recordsTo(3), () => success, {}, 1);
    expect({ calls, checkpoints }).toEqual({ calls: [[1, 2, 3]], checkpoints: [] });
  });
});

describe('retries', () => {
  test('end after as many as are allowed; then the batch is given up and the shard goes on', async () => {
    const { calls, given, discarded, checkpoints } = await run(recordsTo(2), () => failure, { maximumRetryAttempts: 2 });
    expect(calls).toHaveLength(3);
    expect(given).toEqual([[1, 2]]);
    expect(discarded[0]).toMatchObject({ reason: 'RetryAttemptsExhausted', invocations: 3, lastOutcome: { requestId: 'r' } });
    expect(checkpoints).toEqual([2]);
  });

  test('may be zero', async () => expect((await run(recordsTo(1), () => failure, { maximumRetryAttempts: 0 })).calls).toHaveLength(1));

  test('without bisect give up everything from the reported record on, as Lambda does', async () => {
    const { given, checkpoints } = await run(recordsTo(4), reports(2), { maximumRetryAttempts: 1 });
    expect({ given, checkpoints }).toEqual({ given: [[2, 3, 4]], checkpoints: [1, 4] });
  });
});

describe('bisect', () => {
  const policy = { bisect: true, maximumRetryAttempts: 1 };

  test('cuts a batch that throws in two until the poison is alone', async () => {
    const { calls, given, checkpoints } = await run(recordsTo(4), throws(3), policy);
    expect(calls).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [4]]);
    expect({ given, checkpoints }).toEqual({ given: [[3]], checkpoints: [2, 3, 4] });
  });

  test('cuts at the record that is reported', async () => {
    const { calls, given, checkpoints } = await run(recordsTo(4), reports(3), policy);
    expect(calls).toEqual([[1, 2, 3, 4], [3, 4], [3], [3], [4]]);
    expect({ given, checkpoints }).toEqual({ given: [[3]], checkpoints: [2, 3, 4] });
  });

  test('does not use up retries', async () => {
    const { calls } = await run(recordsTo(64), throws(64), { bisect: true, maximumRetryAttempts: 3 });
    expect(calls.filter((numbers) => numbers.length === 1 && numbers[0] === 64)).toHaveLength(4);
  });
});

describe('the record age', () => {
  const now = Date.now() / 1000;
  const aged = [100, 90, 5, 0].map((age, index) => record(index + 1, { ApproximateCreationDateTime: now - age }));

  test('sends records that are too old to the failure destination, without delivering them', async () => {
    const { calls, given, discarded, checkpoints } = await run(aged, () => success, { maximumRecordAgeSeconds: 60 });
    expect({ calls, given, checkpoints }).toEqual({ calls: [[3, 4]], given: [[1, 2]], checkpoints: [2, 4] });
    expect(discarded[0]).toMatchObject({ reason: 'RecordAgeExceeded', invocations: 0 });
  });

  test('ends retries that have no other limit', async () => {
    const { calls, given, discarded } = await run(recordsTo(1), () => failure, { maximumRecordAgeSeconds: 60 });
    expect(calls.length).toBeGreaterThan(10);
    expect(given).toEqual([[1]]);
    expect(discarded[0]).toMatchObject({ reason: 'RecordAgeExceeded', lastOutcome: { isError: true } });
  });
});

test('whatever fails, every record is delivered or given up, in order, and the checkpoint moves forward to the end', async () => {
  const poisons = fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), poisons, fc.boolean(), fc.boolean(), async (size, poison, bisect, isReporting) => {
      const answer = isReporting ? reports(...poison) : throws(...poison);
      const succeeded = new Set<number>();
      const { checkpoints, given } = await run(
        recordsTo(size),
        (numbers, call) => {
          const answered = answer(numbers, call);
          for (const number of numbers.slice(0, answered.failedFrom ?? numbers.length)) succeeded.add(number);
          return answered;
        },
        { bisect, maximumRetryAttempts: 2 },
      );
      const lost = new Set(given.flat());
      expect(
        recordsTo(size)
          .map(numberOf)
          .filter((number) => !succeeded.has(number) && !lost.has(number)),
      ).toEqual([]);
      expect(checkpoints).toEqual([...checkpoints].sort((a, b) => a - b));
      expect(checkpoints.at(-1)).toBe(size);
      if (bisect) expect([...lost].filter((number) => !poison.includes(number))).toEqual([]);
    }),
  );
  expect(sequence(1)).toHaveLength(21);
});
