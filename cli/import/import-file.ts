import { streamName } from '../../core/basics/stream.ts';
import { type AnyMapping, type Entry, readEntry } from '../../core/import/mapping.ts';
import { createLanes } from './lanes.ts';
import { type Line, linesOf, type Position } from './lines.ts';
import { reachedFrom } from './reached.ts';
import type { Recorded } from './recorder.ts';
import { counting, type Tally } from './tally.ts';

export interface FileImport {
  readonly file: string;
  readonly mapping: AnyMapping;
  /** Whose the lines are that do not say it. */
  readonly tenant?: string | undefined;
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

  const finish = ({ end }: Line): void => {
    progress.done(end);
    done += 1;
    onLine(done, progress.reached());
  };
  const begin = async (line: Line): Promise<void> => {
    const where = `${file}:${line.end.line}`;
    const entry = line.text === '' ? undefined : await at(where, async () => readEntry(job.mapping, line.text, job.tenant));
    if (entry === undefined) {
      counts.leftOut();
      return finish(line);
    }
    await lanes.add(streamName(entry.stream), async () => {
      counts.add(entry, await at(where, () => job.record(entry)));
      finish(line);
    });
  };
  try {
    for await (const line of linesOf({ file, from })) {
      signal?.throwIfAborted();
      await begin(line);
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
