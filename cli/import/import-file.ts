import { streamName } from '../../core/basics/stream.ts';
import type { Entry, LineFormat } from '../../core/import/mapping.ts';
import { entriesOf, type Found } from './entries.ts';
import { createLanes } from './lanes.ts';
import { linesOf, type Position } from './lines.ts';
import { reachedFrom } from './reached.ts';
import type { Recorded } from './recorder.ts';
import { counting, type Tally } from './tally.ts';

export interface FileImport {
  readonly file: string;
  readonly format: LineFormat;
  readonly record: (entry: Entry) => Promise<Recorded>;
  /** Streams that are written to at a time. */
  readonly concurrency: number;
  /** All lines up to here are in. */
  readonly from: Position;
  /** Told after each line how many are done, and up to where all are. */
  readonly onLine?: (done: number, reached: Position) => void;
  /** Stops after the lines that were begun. */
  readonly signal?: AbortSignal;
}

export interface Imported {
  readonly tally: Tally;
  /** All lines up to here are in; of those behind, some are where it was stopped. */
  readonly reached: Position;
  /** Why it was stopped. */
  readonly error?: unknown;
}

const waitingPerLane = 64;

/** Records the lines of a file: those of one stream in their order, those of different streams at the same time. */
export const importFile = async (job: FileImport): Promise<Imported> => {
  const { file, from, signal, concurrency, onLine = () => {} } = job;
  const lanes = createLanes({ concurrency, backlog: concurrency * waitingPerLane });
  const counts = counting();
  const progress = reachedFrom(from);
  let done = 0;

  const finish = ({ end, lines }: Found): void => {
    progress.done(end, lines);
    done += lines;
    onLine(done, progress.reached());
  };
  const begin = async (found: Found): Promise<void> => {
    const where = `${file}:${found.line}`;
    const entry = await at(where, async () => found.read());
    if (entry === undefined) {
      counts.leftOut();
      return finish(found);
    }
    await lanes.add(streamName(entry.stream), async () => {
      counts.add(entry, await at(where, () => job.record(entry)), found.lines);
      finish(found);
    });
  };
  try {
    for await (const found of entriesOf(linesOf({ file, from }), job.format)) {
      signal?.throwIfAborted();
      await begin(found);
    }
  } catch (error) {
    await lanes.settled().catch(() => {});
    return { tally: counts.tally(), reached: progress.reached(), error };
  }
  const error = await lanes.settled().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { tally: counts.tally(), reached: progress.reached(), ...(error === undefined ? {} : { error }) };
};

/** Says which line an error is about. */
const at = async <T>(where: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
};
