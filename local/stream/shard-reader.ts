import type { Clock } from './clock.ts';
import type { Matches } from './event-pattern.ts';
import { type StreamRecord, sequenceNumber } from './record.ts';
import type { ShardCursor } from './source.ts';

export interface Gathering {
  readonly batchSize: number;
  /** How long to wait for a batch to fill; 0: not at all. */
  readonly windowSeconds: number;
  readonly matches: Matches;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Records that belong together, and how far they bring the reader. */
export interface Batch {
  /** Those that passed the filter; there may be none. */
  readonly records: readonly StreamRecord[];
  /** The last record read, whether it passed or not; absent: nothing was read. */
  readonly upTo?: string | undefined;
  readonly isLast: boolean;
}

// Quick after something came, for more will; slower the longer nothing does, so that an idle system costs next to nothing.
const shortestWaitMilliseconds = 20;
const longestWaitMilliseconds = 200;
const payloadLimitBytes = 6_000_000;

/**
 * Reads the next batch of a shard: as much as there is, or as comes within the window after the first record, up to the
 * batch size and to what an invocation can carry. Returns as soon as something was read that did not pass the filter, too.
 */
export const gather = async (cursor: ShardCursor, gathering: Gathering): Promise<Batch> => {
  const { batchSize, windowSeconds, matches, signal, clock } = gathering;
  const records: StreamRecord[] = [];
  let upTo: string | undefined;
  let sizeBytes = 0;
  let dueAt = Number.POSITIVE_INFINITY;
  for (let wait = shortestWaitMilliseconds; !signal.aborted; wait = Math.min(wait * 1.5, longestWaitMilliseconds)) {
    const page = await cursor.read(batchSize - records.length);
    if (page === 'end') return { records, upTo, isLast: true };
    const passed = page.filter(matches);
    records.push(...passed);
    sizeBytes += Buffer.byteLength(JSON.stringify(passed));
    upTo = page.map(sequenceNumber).at(-1) ?? upTo;
    if (records.length > 0) dueAt = Math.min(dueAt, clock.now() + windowSeconds * 1000);
    const isFull = records.length >= batchSize || sizeBytes >= payloadLimitBytes;
    if (upTo !== undefined && (records.length === 0 || isFull || clock.now() >= dueAt)) return { records, upTo, isLast: false };
    await clock.pause(Math.min(wait, dueAt - clock.now()), signal);
  }
  return { records: [], isLast: false };
};
