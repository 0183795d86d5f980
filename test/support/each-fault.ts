import { beforeAll, test } from '@jest/globals';
import { type FaultName, faultNames } from './faults.ts';

/** A test for each fault. They are begun together, for most of their time they wait for the SDK to try again. */
export const eachFault = (title: string, run: (fault: FaultName) => Promise<unknown>): void => {
  const runs = new Map<FaultName, Promise<unknown>>();
  beforeAll(() => {
    for (const fault of faultNames) {
      const running = run(fault);
      running.catch(() => {}); // It fails in its own test, below.
      runs.set(fault, running);
    }
  });
  test.each(faultNames)(title, async (fault) => {
    await runs.get(fault);
  });
};
