import { streamName } from '../../core/basics/stream.ts';
import type { Entry } from '../../core/import/mapping.ts';
import { hashTable } from './hash-table.ts';
import type { Recorded } from './recorder.ts';

export interface TypeCount {
  readonly type: string;
  readonly recorded: number;
  readonly wereThere: number;
}

/** What an import did. */
export interface Tally {
  readonly lines: number;
  /** Lines that the mapping skips, and blank lines. */
  readonly leftOut: number;
  readonly recorded: number;
  readonly wereThere: number;
  /** Streams whose first event is among the lines. */
  readonly streams: number;
  /** Events that could not be given their time, because one of a later time was in the stream. */
  readonly movedLater: number;
  readonly byType: readonly TypeCount[];
}

export interface Counting {
  leftOut(): void;
  /** `lines`: how many lines the entry has. */
  add(entry: Entry, recorded: Recorded, lines: number): void;
  tally(): Tally;
}

export const counting = (): Counting => {
  const types = new Map<string, { recorded: number; wereThere: number }>();
  const total = { lines: 0, leftOut: 0, recorded: 0, wereThere: 0, streams: 0, movedLater: 0 };
  const begun = hashTable();
  const begins = (stream: string): void => {
    if (begun.get(stream) !== undefined) return; // Its first line came again.
    begun.set(stream, [1, 0]);
    total.streams += 1;
  };
  return {
    leftOut: () => {
      total.lines += 1;
      total.leftOut += 1;
    },
    add: ({ events, recordedAt }, { commit, isNew }, lines) => {
      const count = isNew ? 'recorded' : 'wereThere';
      total.lines += lines;
      total[count] += events.length;
      if (commit.version === 1) begins(streamName(commit.stream));
      if (commit.recordedAt !== recordedAt) total.movedLater += events.length;
      for (const { type } of events) {
        const ofType = types.get(type) ?? { recorded: 0, wereThere: 0 };
        ofType[count] += 1;
        types.set(type, ofType);
      }
    },
    tally: () => ({ ...total, byType: [...types].map(([type, counts]) => ({ type, ...counts })) }),
  };
};
