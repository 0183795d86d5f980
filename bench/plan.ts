import type { FoldPlan } from './measures/folding.ts';
import type { LoadPlan } from './measures/loads.ts';
import type { ProjectionPlan } from './measures/projections.ts';
import type { ThroughputPlan } from './measures/throughput.ts';

/** The size of the measurements. Both plans measure the same things. */
export interface Plan {
  readonly isQuick: boolean;
  readonly commandsInARow: number;
  readonly throughput: ThroughputPlan;
  readonly folding: FoldPlan;
  /** From short streams to long ones. */
  readonly loads: readonly LoadPlan[];
  readonly projections: ProjectionPlan;
  readonly importRounds: number;
  readonly limitSeconds: number;
}

export const full: Plan = {
  isQuick: false,
  commandsInARow: 200,
  throughput: { concurrencies: [1, 8], commands: 120, rounds: 15, commandsBefore: 4_000 },
  folding: { events: 20_000, rounds: 15 },
  loads: [
    { events: 10, rounds: 41, isMemoryMeasured: false },
    { events: 1_000, rounds: 11, isMemoryMeasured: true },
    { events: 100_000, rounds: 1, isMemoryMeasured: true },
  ],
  projections: { register: { fines: 2_000 }, batchedFines: 150, batchSizes: [1, 10, 100, 1_000], fillRounds: 3 },
  importRounds: 15,
  limitSeconds: 1800,
};

/** Checks that everything still runs and that the counts hold. Its ratios are rough. */
export const quick: Plan = {
  isQuick: true,
  commandsInARow: 60,
  throughput: { concurrencies: [1, 8], commands: 48, rounds: 5, commandsBefore: 0 },
  folding: { events: 2_000, rounds: 5 },
  loads: [
    { events: 10, rounds: 5, isMemoryMeasured: false },
    { events: 1_000, rounds: 3, isMemoryMeasured: true },
  ],
  projections: { register: { fines: 300 }, batchedFines: 60, batchSizes: [1, 10, 100], fillRounds: 1 },
  importRounds: 3,
  limitSeconds: 300,
};

/** Uses the real register of fines in place of a made-up one. With the whole register, the fill runs once. */
export const withFines = (plan: Plan, file: string, isWhole: boolean): Plan => {
  const { register, fillRounds } = plan.projections;
  const fines = isWhole ? Number.POSITIVE_INFINITY : register.fines;
  const projections = { ...plan.projections, register: { file, fines }, fillRounds: isWhole ? 1 : fillRounds };
  return { ...plan, projections, limitSeconds: isWhole ? 4 * plan.limitSeconds : plan.limitSeconds };
};
