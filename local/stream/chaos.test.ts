import { expect, test } from '@jest/globals';
import { record, recordsTo } from '../../test/local/fake-stream.ts';
import type { BatchOutcome } from './batch-response.ts';
import { chaotic, seeded } from './chaos.ts';
import { type StreamRecord, sequenceNumber } from './record.ts';

const numbers = (records: readonly StreamRecord[]) => records.map((one) => Number(sequenceNumber(one)));

/** What a function gets over many batches, and what comes of each. */
const run = async (seed: number, batch: readonly StreamRecord[], answer: (records: number[]) => Partial<BatchOutcome> = () => ({})) => {
  const calls: number[][] = [];
  const invoke = chaotic(async (records) => {
    calls.push(numbers(records));
    return { requestId: 'r', isError: false, ...answer(numbers(records)) };
  }, seeded(seed));
  const outcomes: BatchOutcome[] = [];
  for (let index = 0; index < 30; index += 1) outcomes.push(await invoke(batch));
  return { calls, outcomes };
};

test('the same seed makes the same chaos, another seed another', async () => {
  const { calls } = await run(1, recordsTo(10));
  expect((await run(1, recordsTo(10))).calls).toEqual(calls);
  expect((await run(2, recordsTo(10))).calls).not.toEqual(calls);
});

test('every record is delivered; some are delivered twice or out of order, some batches again', async () => {
  const { calls } = await run(1, recordsTo(10));
  for (const call of calls) expect(new Set(call)).toEqual(new Set(numbers(recordsTo(10))));
  expect(calls.some((call) => call.length > 10)).toBe(true);
  expect(calls.some((call) => call.join() !== [...call].sort((a, b) => a - b).join())).toBe(true);
  expect(calls.length).toBeGreaterThan(30);
});

test('the changes of one item stay in their order', async () => {
  const item = { Keys: { id: { S: 'one' } } };
  const batch = [record(1, item), record(2), record(3, item), record(4), record(5, item)];
  for (const call of (await run(1, batch)).calls) {
    const changes = call.filter((number) => number % 2 === 1);
    expect(changes).toEqual([...changes].sort((a, b) => a - b));
  }
});

test('records after a failure in the shuffled order are delivered again, wherever they belong in the real order', async () => {
  const { calls, outcomes } = await run(1, recordsTo(4), (order) => ({ failedFrom: order.indexOf(3) }));
  for (const [index, outcome] of outcomes.entries()) {
    const call = calls[index] as number[];
    const safe = [1, 2, 3, 4].slice(0, outcome.failedFrom);
    const delivered = call.slice(0, call.indexOf(3));
    expect(safe.filter((number) => !delivered.includes(number))).toEqual([]);
  }
});
