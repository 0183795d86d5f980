import { Unavailable } from '../basics/errors.ts';
import type { Segment } from '../log/event-store.ts';

/** The reads since the last look at them. */
export interface Taken {
  /** Read units, of the table from which most were taken. */
  readonly units: number;
  /** Whether the database refused a read because the table, or a part of it, was too busy; also if a retry then succeeded. */
  readonly isThrottled: boolean;
}

export interface PacePorts {
  /** The read units that all segments together may take from one table. */
  readonly unitsPerSecond: number;
  /** What was read since the last call. */
  readonly taken: () => Taken;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly now: () => Date;
}

/** The pace of a segment between two pages. It travels with the progress of the segment, so that no invocation begins with a free page. */
export interface Pace {
  /** When the next page may be read. ISO 8601, UTC, milliseconds. */
  readonly nextAt: string;
  /** The part of its pace at which the segment reads: 1, and less after it was throttled. */
  readonly part: number;
}

/** A page of a strongly consistent scan: 1 MB, in units of 4 KB. */
const pageUnits = 256;
const slowest = 1 / 16;
const recovery = 1 / 8;

/** Reads the pages of a segment at its pace. */
export interface Pacer {
  /**
   * Reads a page when its time has come. Answers `undefined` if the time is up before that. If the database cannot answer, the segment slows
   * down and reads the page again. @throws Unavailable if the time is up and no page was read.
   */
  readonly read: <T>(page: () => Promise<T>, until: Date) => Promise<T | undefined>;
  readonly pace: () => Pace | undefined;
}

/** Reads without a pace. */
export const unpaced: Pacer = { read: (page) => page(), pace: () => undefined };

/** The pace as a part of a segment's progress. */
export const paceIn = (pacer: Pacer): { readonly pace?: Pace } => {
  const pace = pacer.pace();
  return pace === undefined ? {} : { pace };
};

/**
 * A segment of `of` reads at 1/`of` of the pace, because each segment is read by a process of its own. It waits after a page for as long as
 * the units of the page stand for, counted from the page's begin. So between two points in time it takes no more than its pace, and one page.
 * The segments begin one after the other, so that their pages do not coincide.
 */
export const pacer = ({ unitsPerSecond, taken, wait, now }: PacePorts, { index, of }: Segment, from?: Pace): Pacer => {
  const millisecondsOf = (units: number, part: number): number => (units * of * 1000) / (unitsPerSecond * part);
  const after = (began: number, milliseconds: number): string => new Date(began + Math.ceil(milliseconds)).toISOString();
  let pace: Pace = from ?? { nextAt: after(now().getTime(), millisecondsOf(pageUnits, 1) * (index / of)), part: 1 };
  let hasRead = false;

  /** Waits for the time of the next page, or until the time is up. */
  const arrives = async (until: Date): Promise<boolean> => {
    if (now() >= until) return false;
    const nextAt = new Date(pace.nextAt).getTime();
    const milliseconds = Math.min(nextAt, until.getTime()) - now().getTime();
    if (milliseconds > 0) await wait(milliseconds);
    return nextAt <= until.getTime();
  };
  const isDue = (): boolean => now() >= new Date(pace.nextAt);
  const slowDown = (): number => Math.max(pace.part / 2, slowest);

  return {
    async read(page, until) {
      for (let refused: Unavailable | undefined; ; ) {
        // The first page of an invocation is read although its time is up, so that each invocation comes on.
        const isNext = (refused === undefined && isDue()) || (await arrives(until));
        if (!isNext && refused !== undefined && !hasRead) throw refused;
        if (!isNext) return undefined;
        const began = now().getTime();
        taken(); // What was read before belongs to no page.
        try {
          const result = await page();
          hasRead = true;
          const { units, isThrottled } = taken();
          const part = isThrottled ? slowDown() : Math.min(pace.part + recovery, 1);
          pace = { nextAt: after(began, millisecondsOf(units, part)), part };
          return result;
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
          // What a refused page has taken is not known in full.
          const part = slowDown();
          pace = { nextAt: after(began, millisecondsOf(Math.max(taken().units, pageUnits), part)), part };
          refused = error;
        }
      }
    },
    pace: () => pace,
  };
};
