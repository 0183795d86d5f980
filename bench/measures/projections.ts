import type { Commit } from '../../core/log/event-store.ts';
import type { Bench } from '../bench.ts';
import { createTable } from '../engine/tables.ts';
import { finesTable, recordHistory } from '../fines/log.ts';
import { historyOf, type Register } from '../fines/register.ts';
import { type BatchCosts, measureBatches } from './batches.ts';
import { type FillCost, measureFills } from './fills.ts';

export interface ProjectionPlan {
  readonly register: Register;
  /** The number of fines whose whole histories reach the projector in batches. */
  readonly batchedFines: number;
  readonly batchSizes: readonly number[];
  readonly fillRounds: number;
}

export interface ProjectionCosts {
  readonly isMadeUp: boolean;
  readonly fines: number;
  readonly events: number;
  readonly batchedEvents: number;
  readonly batches: readonly BatchCosts[];
  readonly fills: readonly FillCost[];
}

/** Read models of traffic fines: the cost of updates, and the speed of a fill. */
export const measureProjections = async (
  bench: Bench,
  { register, batchedFines, batchSizes, fillRounds }: ProjectionPlan,
  progress: (text: string) => void,
): Promise<ProjectionCosts> => {
  progress('the history of the fines');
  await createTable(bench.probe, finesTable);
  const commits = await recordHistory(bench.probe, await historyOf(register));
  const events = countOf(commits);
  const begun = commits.filter(({ version }) => version === 1).map(({ stream }) => stream.id);
  const some = new Set(begun.slice(0, batchedFines));
  const batched = commits.filter(({ stream }) => some.has(stream.id));
  return {
    isMadeUp: register.file === undefined,
    fines: begun.length,
    events,
    batchedEvents: countOf(batched),
    batches: await measureBatches(bench, batched, batchSizes, progress),
    fills: await measureFills(bench, events, fillRounds, progress),
  };
};

const countOf = (commits: readonly Commit[]): number => commits.reduce((sum, { events }) => sum + events.length, 0);
