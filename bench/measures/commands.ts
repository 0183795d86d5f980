import { randomUUID } from 'node:crypto';
import { entries, entry } from '../account.ts';
import type { Bench } from '../bench.ts';
import type { Bill } from '../engine/meter.ts';
import type { Process, Store } from '../stores/store.ts';

/** The cost of one way of sending a command, or the reason why it has none. */
export type Cost = Bill | string;

export type CommandCosts = Readonly<Record<keyof typeof scenarios, Cost>>;

interface Stage {
  /** A new process, with a meter. */
  readonly process: Process;
  /** Another process, which is not measured. */
  readonly rival: Process;
  readonly bill: (run: () => Promise<unknown>) => Promise<Bill>;
  readonly beforeNextWrite: (run: () => Promise<unknown>) => void;
  /** A new stream of ten events, one command each. */
  readonly id: string;
  /** The same with three events: a small aggregate, whose whole stream takes less than 4 KB in every store. */
  readonly smallId: string;
}

const one = (process: Process, id: string, commandId: string = randomUUID()) => process.move(id, [entry(50)], commandId);
const three = (process: Process, id: string) => process.move(id, entries(3, 60), randomUUID());

/** Cold: the process has not seen the stream. Warm: its last command was on it. */
export const scenarios = {
  first: async ({ process, bill }: Stage) => bill(() => one(process, randomUUID())),
  oneCold: async ({ process, bill, id }: Stage) => bill(() => one(process, id)),
  oneColdSmall: async ({ process, bill, smallId }: Stage) => bill(() => one(process, smallId)),
  threeColdSmall: async ({ process, bill, smallId }: Stage) => bill(() => three(process, smallId)),
  oneWarm: async ({ process, bill, id }: Stage) => {
    await one(process, id);
    return bill(() => one(process, id));
  },
  threeCold: async ({ process, bill, id }: Stage) => bill(() => three(process, id)),
  threeWarm: async ({ process, bill, id }: Stage) => {
    await one(process, id);
    return bill(() => three(process, id));
  },
  conflict: async ({ process, rival, bill, beforeNextWrite, id }: Stage) => {
    await one(process, id);
    const alone = await bill(() => one(process, id));
    beforeNextWrite(() => one(rival, id));
    const disturbed = await bill(() => one(process, id));
    return difference(disturbed, alone);
  },
  repeatedWarm: async ({ process, bill, id }: Stage) => {
    await one(process, id, 'the same');
    return repeated(process, id, await bill(() => one(process, id, 'the same')));
  },
  repeatedCold: async ({ process, rival, bill, id }: Stage) => {
    await one(rival, id, 'the same');
    return repeated(process, id, await bill(() => one(process, id, 'the same')));
  },
  refusedWarm: async ({ process, bill, id }: Stage) => {
    await process.close(id, randomUUID());
    return bill(() => refused(one(process, id)));
  },
  refusedCold: async ({ process, rival, bill, id }: Stage) => {
    await rival.close(id, randomUUID());
    return bill(() => refused(one(process, id)));
  },
};

const difference = (a: Bill, b: Bill): Bill => ({
  trips: a.trips - b.trips,
  writeUnits: a.writeUnits - b.writeUnits,
  readUnits: a.readUnits - b.readUnits,
});

const repeated = async (process: Process, id: string, bill: Bill): Promise<Cost> =>
  (await process.load(id)).movements === 11 ? bill : 'recorded twice';

const refused = async (command: Promise<unknown>): Promise<void> => {
  const answer = await command.catch((error: Error) => error);
  if (!(answer instanceof Error && /AccountClosed/.test(answer.message))) throw new Error('a closed account took an entry');
};

export const measureCommands = async (bench: Bench, store: Store): Promise<CommandCosts> => {
  const costs: Record<string, Cost> = {};
  for (const [name, scenario] of Object.entries(scenarios)) costs[name] = await scenario(await stageOf(bench, store)).catch(shortly);
  return costs as CommandCosts;
};

const stageOf = async (bench: Bench, store: Store): Promise<Stage> => {
  const rival = bench.quiet(store);
  const [id, smallId] = [await begun(rival, 10), await begun(rival, 3)];
  const { process, meter } = bench.metered(store);
  const bill = async (run: () => Promise<unknown>): Promise<Bill> => {
    meter.reset();
    await run();
    return meter.bill();
  };
  return { process, rival, bill, beforeNextWrite: meter.beforeNextWrite, id, smallId };
};

const begun = async (process: Process, events: number): Promise<string> => {
  const id = randomUUID();
  for (let number = 1; number <= events; number++) await process.move(id, [entry(number)], randomUUID());
  return id;
};

const shortly = (error: Error): string => {
  if (!/not possible/.test(error.message)) throw error;
  return 'not possible';
};
