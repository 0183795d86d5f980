import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLanes } from '../../cli/import/lanes.ts';
import { reachedFrom } from '../../cli/import/reached.ts';

test('law: work of one key is done in order, one at a time, never more at once than allowed', async () => {
  const job = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), milliseconds: fc.integer({ min: 0, max: 2 }) });
  const settings = { concurrency: fc.integer({ min: 1, max: 4 }), backlog: fc.integer({ min: 1, max: 10 }) };
  await fc.assert(
    fc.asyncProperty(fc.array(job, { maxLength: 30 }), fc.record(settings), async (jobs, options) => {
      const lanes = createLanes(options);
      const done: Record<string, number[]> = {};
      const running = new Set<string>();
      for (const [index, { key, milliseconds }] of jobs.entries())
        await lanes.add(key, async () => {
          expect(running.has(key)).toBe(false);
          running.add(key);
          expect(running.size).toBeLessThanOrEqual(options.concurrency);
          await setTimeout(milliseconds);
          running.delete(key);
          done[key] = [...(done[key] ?? []), index];
        });
      await lanes.settled();
      for (const [key, order] of Object.entries(done)) expect(order).toEqual(indexesOf(jobs, key));
    }),
    { numRuns: 30 },
  );
});
const indexesOf = (jobs: readonly { key: string }[], key: string): number[] =>
  jobs.flatMap((job, index) => (job.key === key ? [index] : []));

test('no more work waits than allowed', async () => {
  const lanes = createLanes({ concurrency: 2, backlog: 4 });
  const { promise: open, resolve: letGo } = Promise.withResolvers<void>();
  let taken = 0;
  const adding = (async () => {
    for (let n = 0; n < 10; n++) {
      await lanes.add(`key ${n}`, () => open);
      taken += 1;
    }
  })();
  await setTimeout(20);
  expect(taken).toBe(4);
  letGo();
  await adding;
  await lanes.settled();
  expect(taken).toBe(10);
});

test('after a failure no more work is begun, and the failure is reported', async () => {
  const lanes = createLanes({ concurrency: 1, backlog: 10 });
  const begun: string[] = [];
  await lanes.add('a', async () => {
    begun.push('first');
  });
  await lanes.add('a', async () => {
    throw new Error('the second one failed');
  });
  await lanes.add('a', async () => {
    begun.push('third');
  });
  await expect(lanes.settled()).rejects.toThrow('the second one failed');
  await expect(lanes.add('b', async () => {})).rejects.toThrow('the second one failed');
  expect(begun).toEqual(['first']);
});

test('law: the reached position is the end of the lines that are done without a gap', () => {
  const order = fc.integer({ min: 1, max: 30 }).chain((length) => {
    const numbers = Array.from({ length }, (_, index) => index + 1);
    return fc.shuffledSubarray(numbers, { minLength: length, maxLength: length });
  });
  fc.assert(
    fc.property(order, (numbers) => {
      const progress = reachedFrom({ line: 100, offset: 1000 });
      const done = new Set<number>();
      for (const number of numbers) {
        progress.done({ line: 100 + number, offset: 1000 + 10 * number });
        done.add(number);
        let gapless = 0;
        while (done.has(gapless + 1)) gapless += 1;
        expect(progress.reached()).toEqual({ line: 100 + gapless, offset: 1000 + 10 * gapless });
      }
    }),
  );
});
