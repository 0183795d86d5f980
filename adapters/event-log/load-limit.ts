import { cadence } from './snapshot.ts';

const shortLimit = cadence / 2;
const commitsInARow = 32;

/** How many of a stream's newest commits a load asks for first. */
export interface LoadLimit {
  readonly of: (aggregate: string) => number;
  /** Hears of each newest commit whether it carries a snapshot. */
  readonly hear: (aggregate: string, carries: boolean) => void;
}

/**
 * The newest 8 commits hold a snapshot for certain, and the newest 4 of an aggregate whose snapshots fit into the last KB of nearly
 * every commit: four commits of a KB are half a read unit. So a process that has seen only such ones of an aggregate, often enough
 * in a row, asks for 4 of them, until it sees another.
 */
export const loadLimit = (): LoadLimit => {
  const inARow = new Map<string, number>();
  return {
    of: (aggregate) => ((inARow.get(aggregate) ?? 0) < commitsInARow ? cadence : shortLimit),
    hear: (aggregate, carries) => {
      inARow.set(aggregate, carries ? (inARow.get(aggregate) ?? 0) + 1 : 0);
    },
  };
};
